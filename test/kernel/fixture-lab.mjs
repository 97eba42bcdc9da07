// A helpers' module as the kernel expects it.
export const helper = {
  load: async (name) => `loaded ${name}`,
  fail: () => {
    throw new RangeError("no such series");
  },
};
const make = (name) =>
  Object.assign((...values) => `${name}(${values.join()})`, { load: async (of) => `${name} loaded ${of}`, fail: helper.fail });

export const NAMES = ["data", "backtest", "tune", "live", "state", "range", "sizers", "charts", "fetch", "performance"];

export function scope() {
  return Object.fromEntries(NAMES.map((name) => [name, make(name)]));
}

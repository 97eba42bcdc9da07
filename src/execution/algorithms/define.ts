import { assertKeys, LabError, unknownName } from "../../errors/index.js";
import type { AlgorithmDefinition, AlgorithmInput, Json } from "./contract.js";
import type { ParamReader } from "./params.js";

/**
 * Defines an algorithm that works off an order in children. It is deterministic: time and prices come with events, and its state is plain JSON, so that it goes on
 * after a restart where it stopped. The framework keeps count: children together never exceed the order, whatever an algorithm asks for. Handlers are synchronous.
 * @example
 * const halves = defineAlgorithm({
 *   name: "halves",
 *   params: { waitMs: algos.param.whole({ min: 1 }) },
 *   start: (desk) => ({ sent: desk.send({ type: "market", quantity: desk.parent.quantity.div(2) }) ? 1 : 0 }),
 *   onEvent(desk) {
 *     if (desk.time >= desk.startedAt + desk.params.waitMs) desk.send({ type: "market", quantity: desk.unsent });
 *   },
 * })
 * @throws LabError `ALGORITHM_INVALID`.
 */
export function defineAlgorithm<const R extends Readonly<Record<string, ParamReader<unknown>>>, S extends Json>(
  input: AlgorithmInput<R, S>,
): AlgorithmDefinition {
  if (typeof input !== "object" || input === null || typeof input.name !== "string" || !/^[A-Za-z][A-Za-z0-9_-]{0,39}$/.test(input.name))
    throw new LabError("ALGORITHM_INVALID", "defineAlgorithm needs a name of letters, digits, _ and -, at most 40.");
  if (typeof input.start !== "function" || typeof input.onEvent !== "function")
    throw new LabError("ALGORITHM_INVALID", `${input.name} needs the functions start and onEvent.`);
  assertKeys("defineAlgorithm", input, ["name", "params", "start", "onEvent", "status", "save", "restore", "cancel"]);
  const { params = {} } = input;
  if (typeof params !== "object" || params === null || Array.isArray(params))
    throw new LabError("ALGORITHM_INVALID", `params of ${input.name} are an object of readers; {} for none.`);
  const readers = Object.entries(params);
  for (const [name, reader] of readers)
    if (typeof reader !== "function")
      throw new LabError("ALGORITHM_INVALID", `The parameter ${name} of ${input.name} is no reader such as algos.param.whole({ min: 1 }).`);
  const names = readers.map(([name]) => name);
  return Object.freeze({
    name: input.name,
    paramNames: Object.freeze(names),
    readParams(given) {
      for (const key of Object.keys(given))
        if (!names.includes(key)) throw unknownName("OPTION_UNKNOWN", `parameter of ${input.name}`, key, names);
      return Object.freeze(Object.fromEntries(readers.map(([name, reader]) => [name, reader(given[name], name) as Json])));
    },
    start: (desk) => sync(input.name, input.start(desk)),
    onEvent: (desk, state, event) => void sync(input.name, input.onEvent(desk, state as S, event) as unknown),
    status: (desk, state) => sync(input.name, input.status?.(desk, state as S) ?? ""),
    save: (state) => sync(input.name, input.save?.(state as S) ?? state),
    restore: (saved) => sync(input.name, input.restore?.(saved) ?? saved),
    cancel: (desk, state) => void sync(input.name, input.cancel?.(desk, state as S) as unknown),
  } satisfies AlgorithmDefinition);
}

/** Refuses a promise: its rest would run at another time after a restart. */
function sync<T>(name: string, returned: T): T {
  if (typeof (returned as { then?: unknown } | null | undefined)?.then !== "function") return returned;
  throw new LabError("ALGORITHM_ASYNC", `A handler of ${name} returned a promise. Handlers are synchronous.`);
}

/** A double with at most six significant digits, thousands grouped by commas as on the axes. */
export function amountText(value: number): string {
  if (!Number.isFinite(value)) return "n/a";
  const size = Math.abs(value);
  const digits = size >= 1000 ? 0 : size >= 1 ? 2 : 4;
  const [whole = "", fraction] = value.toFixed(digits).replace("-", "−").split(".");
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** A fraction as signed percent: 0.0123 is +1.23 %. */
export function percentText(fraction: number, digits = 2): string {
  if (!Number.isFinite(fraction)) return "n/a";
  const text = `${Math.abs(fraction * 100).toFixed(digits)} %`;
  return fraction < 0 ? `−${text}` : fraction > 0 ? `+${text}` : text;
}

/** A moment to the minute, UTC. */
export function minuteText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace("T", " ");
}

/** "1 trade", "2 trades". */
export function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

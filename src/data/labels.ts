/** Tesser writes intervals by the name of its enum; these are all it has. */
const TESSER_INTERVALS: Readonly<Record<string, string>> = {
  onesecond: "1s",
  oneminute: "1m",
  fiveminutes: "5m",
  fifteenminutes: "15m",
  onehour: "1h",
  fourhours: "4h",
  oneday: "1d",
};

/** An interval as files write it: `5m`, `5min` and `FiveMinutes` all mean `5m`; other text comes back as it is. */
export function plainInterval(text: string): string {
  const name = text.trim().toLowerCase();
  const match = /^(\d+)\s*(s|m|h|d|w)(?:ec|econd|in|inute|r|our|ay|k|eek)?s?$/.exec(name);
  return match === null ? (TESSER_INTERVALS[name] ?? text.trim()) : `${Number(match[1])}${match[2]}`;
}

/**
 * A column that labels rows (symbol or interval). Rows of one label make the series: the one asked for, or else that of the
 * first row; an empty cell goes with it. Rows of the others are counted by name.
 */
export class LabelColumn {
  /** The label of the series; `undefined` until a row tells. */
  wanted: string | undefined;
  /** Whether a row of the file bears the wanted label. */
  seen = false;
  readonly others: Map<string, number> = new Map();
  readonly #read: (text: string) => string;
  #last: { text: string; label: string } = { text: "", label: "" };

  constructor(wanted: string | undefined, read: (text: string) => string = (text) => text) {
    this.wanted = wanted;
    this.#read = read;
  }

  /** Whether a row with this cell belongs to the series; counts it otherwise. */
  accept(text: string): boolean {
    if (text === "") return true;
    if (text !== this.#last.text) this.#last = { text, label: this.#read(text) };
    const { label } = this.#last;
    this.wanted ??= label;
    if (label === this.wanted) {
      this.seen = true;
      return true;
    }
    this.others.set(label, (this.others.get(label) ?? 0) + 1);
    return false;
  }
}

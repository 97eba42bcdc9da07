import { PALETTE } from "../display/index.js";
import { unknownName } from "../errors/index.js";

/** What every chart takes. */
export interface ChartOptions {
  readonly title?: string;
  /** Printed under the title. */
  readonly note?: string;
  /** Says on the chart that its data is generated. Candle charts know it from their series. */
  readonly synthetic?: boolean;
}

/** The words that stand on every chart of generated data. */
export const SYNTHETIC_NOTE = "SYNTHETIC DATA - not a market";

/** Text as plotly shows it: its pseudo-HTML is switched off. */
export function plainTitle(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

const WIDTH = 900;
/** Characters of 12 px Arimo that fit under a title, at 0.5 em on average. */
const LINE_LENGTH = 130;

/** Pixels from the top to the title's first baseline, and between its lines; the legend stands below the last. */
const FIRST_BASELINE = 26;
const LINE_HEIGHT = 22;

/** The remarks of a subtitle, several a line as long as they fit; a remark longer than a line breaks at its spaces. */
function wrapped(remarks: readonly string[]): string[] {
  const lines: string[] = [];
  const add = (text: string, separator: string): void => {
    const last = lines.at(-1);
    if (last === undefined || last.length + separator.length + text.length > LINE_LENGTH) lines.push(text);
    else lines[lines.length - 1] = `${last}${separator}${text}`;
  };
  for (const remark of remarks) {
    if (remark.length <= LINE_LENGTH) add(remark, " · ");
    else for (const [i, word] of remark.split(" ").entries()) add(word, i === 0 ? " · " : " ");
  }
  return lines;
}

/**
 * The common part of a chart's layout: a bold title, the warning if the data is synthetic, the subtitle, and the room they take.
 * @param subtitles - texts the chart adds itself, before the caller's note.
 */
export function chartLayout(
  fallbackTitle: string,
  height: number,
  options: ChartOptions,
  subtitles: readonly string[] = [],
): Record<string, unknown> {
  const lines = wrapped([...subtitles, options.note ?? ""].filter((text) => text !== ""));
  const html = [
    `<b>${plainTitle(options.title ?? fallbackTitle)}</b>`,
    ...(options.synthetic === true ? [`<span style="font-size:12px;color:${PALETTE.vermilion}"><b>${SYNTHETIC_NOTE}</b></span>`] : []),
    ...lines.map((line) => `<span style="font-size:12px;color:${PALETTE.muted}">${plainTitle(line)}</span>`),
  ];
  return {
    title: { text: html.join("<br>"), y: 1 - FIRST_BASELINE / height },
    width: WIDTH,
    height,
    margin: { l: 64, r: 24, t: 40 + LINE_HEIGHT * html.length, b: 48, pad: 0 },
  };
}

/** Refuses option names a chart does not know. @throws LabError `OPTION_UNKNOWN`. */
export function checkOptions(chart: string, options: object, own: readonly string[]): void {
  const known = ["title", "note", "synthetic", ...own];
  for (const key of Object.keys(options)) if (!known.includes(key)) throw unknownName("OPTION_UNKNOWN", `option of ${chart}`, key, known);
}

import { mkdir, writeFile } from "node:fs/promises";
import { dirname, extname } from "node:path";
import { LabError, unknownName } from "../errors/index.js";
import { figureHtml, libraryScript } from "./figure-html.js";
import { plainJson } from "./figure-json.js";
import { escapeHtml } from "./html.js";
import { LibraryOutput } from "./library-output.js";
import { type MimeBundle, RichValue } from "./mime.js";
import { type RenderInput, renderSvg, svgToPng } from "./plotly/index.js";
import { stillTraces } from "./still.js";
import { isPlainObject } from "./text.js";
import { TEMPLATE } from "./theme.js";

/** Which forms a figure is shown in: a still picture, an interactive chart, or (`auto`) a picture that becomes interactive where it can. */
export type DisplayMode = "auto" | "static" | "interactive";
const MODES: readonly DisplayMode[] = ["auto", "static", "interactive"];

/** A plotly figure: traces, layout and config as plotly.js takes them; typed arrays, dates and decimals may stand for values. */
export interface FigureInput {
  readonly data: readonly Readonly<Record<string, unknown>>[];
  readonly layout?: Readonly<Record<string, unknown>>;
  readonly config?: Readonly<Record<string, unknown>>;
  /** Defaults to the environment variable `TESSERLAB__CHARTS`, else `auto`. */
  readonly displayMode?: DisplayMode;
}

/** Size of a drawn image in CSS pixels; defaults to the layout's, else 900 x 450. */
export interface ImageSize {
  readonly width?: number;
  readonly height?: number;
}

/** Size of a PNG; `scale` is pixels a CSS pixel, 2 unless told. */
export interface PngOptions extends ImageSize {
  readonly scale?: number;
}

const FORMATS = [".png", ".svg", ".html", ".json"];

const library = new LibraryOutput();

/** An immutable plotly figure that shows itself everywhere: interactive, as a picture, and as text. Made by {@link figure}. */
export class Figure extends RichValue {
  /** Traces as plain JSON. */
  readonly data: readonly Readonly<Record<string, unknown>>[];
  /** Layout as plain JSON, with the house template. */
  readonly layout: Readonly<Record<string, unknown>>;
  readonly config: Readonly<Record<string, unknown>>;
  readonly displayMode: DisplayMode;

  /** Use {@link figure}. */
  constructor(input: FigureInput) {
    super();
    this.data = plainJson(input.data, "data") as Record<string, unknown>[];
    this.layout = { template: TEMPLATE, ...(plainJson(input.layout ?? {}, "layout") as Record<string, unknown>) };
    this.config = plainJson(input.config ?? {}, "config") as Record<string, unknown>;
    this.displayMode = input.displayMode ?? modeOfEnvironment();
  }

  /** The title without markup; its first line. */
  get title(): string {
    const title = this.layout.title;
    const text = isPlainObject(title) ? title.text : title;
    return typeof text === "string" ? text.split(/<br ?\/?>/)[0]!.replaceAll(/<[^>]*>/g, "") : "";
  }

  /** Draws the figure as SVG text; the first drawing of a process takes about a second more. @throws LabError `FIGURE_STATIC`, `FIGURE_SIZE`. */
  async toSvg(size: ImageSize = {}): Promise<string> {
    return renderSvg(this.#still(size));
  }

  /** Draws the figure as PNG bytes. @throws LabError `FIGURE_STATIC`, `FIGURE_SIZE`. */
  async toPng({ scale = 2, ...size }: PngOptions = {}): Promise<Buffer> {
    if (!(scale > 0 && scale <= 8))
      throw new LabError("FIGURE_SIZE", `scale must be above 0 and at most 8, got ${scale}.`, { details: { scale } });
    return svgToPng(await this.toSvg(size), scale);
  }

  /** Writes the figure to a file; the ending says how: .png, .svg, .html (interactive, needs no network) or .json. @throws LabError `FIGURE_FORMAT`. */
  async save(path: string, options: PngOptions = {}): Promise<void> {
    const format = extname(path).toLowerCase();
    if (!FORMATS.includes(format)) throw unknownName("FIGURE_FORMAT", "picture format", format || path, FORMATS);
    await mkdir(dirname(path), { recursive: true });
    const { data, layout, config } = this;
    if (format === ".png") await writeFile(path, await this.toPng(options));
    else if (format === ".svg") await writeFile(path, await this.toSvg(options));
    else if (format === ".json") await writeFile(path, `${JSON.stringify({ data, layout, config })}\n`);
    else await writeFile(path, await this.#page());
  }

  override toString(): string {
    const kinds = [...new Set(this.data.map((trace) => String(trace.type ?? "scatter")))].join(", ");
    const points = this.data.reduce(
      (sum, trace) => sum + Math.max(...["x", "y", "z", "values"].map((k) => (trace[k] as unknown[])?.length ?? 0)),
      0,
    );
    return `Figure${this.title === "" ? "" : ` "${this.title}"`} (${kinds}; ${points} points)`;
  }

  /**
   * Every form at once: plotly's own MIME type for front ends that know it, HTML that holds the picture and upgrades itself, PNG, text.
   * The library goes out with the first interactive figure of the process, and with the next one after the cell that shows it was run again.
   */
  override async toBundle(): Promise<MimeBundle> {
    const still = this.displayMode === "interactive" ? undefined : await this.#stillOrReason();
    const text = typeof still === "string" ? `${this}\n(no still picture: ${still})` : this.toString();
    const png = typeof still === "string" ? undefined : still;
    const interactive = this.displayMode !== "static";
    const html = (interactive ? await this.#libraryOnce() : "") + this.#html(png, interactive);
    const { data, layout, config } = this;
    return {
      ...(interactive ? { "application/vnd.plotly.v1+json": { data, layout, config } } : {}),
      ...(interactive || png !== undefined ? { "text/html": html } : {}),
      ...(png === undefined ? {} : { "image/png": png.toString("base64") }),
      "text/plain": text,
    };
  }

  #size(size: ImageSize): { width: number; height: number } {
    const { width = this.layout.width ?? 900, height = this.layout.height ?? 450 } = size;
    for (const [name, value] of Object.entries({ width, height }))
      if (!(typeof value === "number" && value >= 50 && value <= 10_000))
        throw new LabError("FIGURE_SIZE", `${name} must be from 50 to 10000 pixels, got ${String(value)}.`, { details: { [name]: value } });
    return { width: width as number, height: height as number };
  }

  #still(size: ImageSize): RenderInput {
    return { data: stillTraces(this.data), layout: this.layout, ...this.#size(size) };
  }

  /** A picture that cannot be drawn costs the picture, not the chart: its reason is shown instead. */
  async #stillOrReason(): Promise<Buffer | string> {
    try {
      return await this.toPng();
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  #html(png: Buffer | undefined, interactive: boolean): string {
    return figureHtml({ figure: this, title: this.title || "chart", ...this.#size({}), png, interactive });
  }

  async #libraryOnce(): Promise<string> {
    if (library.stands) return "";
    library.shown();
    return libraryScript();
  }

  async #page(): Promise<string> {
    const body = (await libraryScript()) + this.#html(undefined, true);
    return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(this.title || "chart")}</title></head>\n<body>${body}</body></html>\n`;
  }
}

function modeOfEnvironment(): DisplayMode {
  const mode = process.env.TESSERLAB__CHARTS ?? "auto";
  if (!MODES.includes(mode as DisplayMode)) throw unknownName("CHARTS_MODE", "value of TESSERLAB__CHARTS", mode, MODES);
  return mode as DisplayMode;
}

const INPUT_NAMES = ["data", "layout", "config", "displayMode"];

/**
 * Makes a plotly figure in the house style.
 * @throws LabError `FIGURE_INVALID` when it is no plotly figure, `OPTION_UNKNOWN`, `CHARTS_MODE`.
 */
export function figure(input: FigureInput): Figure {
  for (const key of Object.keys(input))
    if (!INPUT_NAMES.includes(key)) throw unknownName("OPTION_UNKNOWN", "field of a figure", key, INPUT_NAMES);
  if (!Array.isArray(input.data) || !input.data.every((trace) => typeof trace === "object" && trace !== null))
    throw new LabError("FIGURE_INVALID", "data of a figure must be an array of traces, such as [{ x, y, type: 'scatter' }].");
  if (input.displayMode !== undefined && !MODES.includes(input.displayMode))
    throw unknownName("CHARTS_MODE", "displayMode", String(input.displayMode), MODES);
  return new Figure(input);
}

/**
 * The chart library as an output of its own: shown again, it makes a notebook's charts interactive whose first figure was cleared or lives
 * in another notebook.
 */
export function chartLibrary(): RichValue {
  return new ChartLibrary();
}

class ChartLibrary extends RichValue {
  override async toBundle(): Promise<MimeBundle> {
    library.shown();
    return { "text/html": await libraryScript(), "text/plain": this.toString() };
  }

  override toString(): string {
    return "chart library";
  }
}

import { randomUUID } from "node:crypto";
import { htmlText, type MimeBundle, toBundle } from "../../display/index.js";
import { LabError, unknownName } from "../../errors/index.js";

/** Turns a value into its forms by MIME type. */
export type Format = (value: unknown) => MimeBundle | Promise<MimeBundle>;

/** How an output is sent. */
export interface SendOptions {
  /** Display id: a later output of the same id can replace this one. */
  readonly id?: string;
  /** Replace the output of this id, wherever it is, instead of adding one. */
  readonly update?: boolean;
}

export type Send = (bundle: MimeBundle | Promise<MimeBundle>, options: SendOptions) => void;

/** How `display(value)` shows it. */
export interface DisplayOptions {
  /** Names the output: displaying under the same id again replaces it, as a progress bar does. */
  id?: string;
  /** `value` is a MIME bundle already. */
  raw?: boolean;
}

/** One kind of content per method, as stock tslab has them. */
export interface MimeDisplay {
  javascript(code: string): void;
  /** Front ends without HTML show what is to be read of it. */
  html(text: string): void;
  markdown(text: string): void;
  latex(text: string): void;
  svg(text: string): void;
  png(bytes: Uint8Array): void;
  jpeg(bytes: Uint8Array): void;
  gif(bytes: Uint8Array): void;
  pdf(bytes: Uint8Array): void;
  text(text: string): void;
  /** Any MIME type; a JSON type may be given as its text. */
  raw(mime: string, content: unknown): void;
}

/** The helper `display` of a cell: a function for any value, with a method for each kind of content. */
export interface Display extends MimeDisplay {
  /** @throws LabError `DISPLAY_OPTION_UNKNOWN`. */
  (value: unknown, options?: DisplayOptions): void;
  /** Removes what the cell has shown so far; with `wait`, not before its next output arrives. */
  clear(wait?: boolean): void;
}

/** The cell helper `display`. */
export function makeDisplay(send: Send, clear: (wait: boolean) => void, format: Format = toBundle): Display {
  const shown = new Set<string>();
  const display = (value: unknown, options: DisplayOptions = {}): void => {
    for (const key of Object.keys(options))
      if (key !== "id" && key !== "raw") throw unknownName("DISPLAY_OPTION_UNKNOWN", "option of display", key, ["id", "raw"]);
    const bundle = options.raw === true ? rawBundle(value) : format(value);
    const { id } = options;
    send(bundle, id === undefined ? {} : { id, update: shown.has(id) });
    if (id !== undefined) shown.add(id);
  };
  return Object.assign(
    display,
    mimeDisplay((bundle) => send(bundle, {})),
    { clear: (wait = false) => clear(wait) },
  );
}

function rawBundle(value: unknown): MimeBundle {
  if (typeof value === "object" && value !== null && Object.keys(value).every((key) => key.includes("/"))) return value as MimeBundle;
  throw new LabError(
    "DISPLAY_RAW_INVALID",
    "display(value, { raw: true }) takes an object from MIME types to content, such as { 'text/html': '<b>1</b>' }.",
  );
}

/** A display whose every output replaces the one before. */
export function replacingDisplay(send: Send): MimeDisplay {
  const id = randomUUID();
  let update = false;
  return mimeDisplay((bundle) => {
    send(bundle, { id, update });
    update = true;
  });
}

/** The methods of stock tslab's `display`. */
export function mimeDisplay(show: (bundle: MimeBundle) => void): MimeDisplay {
  const text = (mime: string) => (content: string) => show({ [mime]: String(content) });
  const binary = (mime: string) => (bytes: Uint8Array) => show({ [mime]: base64(bytes) });
  return {
    javascript: text("application/javascript"),
    html: (content) => show(htmlBundle(String(content))),
    markdown: text("text/markdown"),
    latex: text("text/latex"),
    svg: text("image/svg+xml"),
    png: binary("image/png"),
    jpeg: binary("image/jpeg"),
    gif: binary("image/gif"),
    pdf: binary("application/pdf"),
    text: text("text/plain"),
    raw: (mime, content) =>
      show(mime === "text/html" && typeof content === "string" ? htmlBundle(content) : { [mime]: rawContent(mime, content) }),
  };
}

const htmlBundle = (html: string): MimeBundle => ({ "text/html": html, "text/plain": htmlText(html) });

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");

function rawContent(mime: string, content: unknown): unknown {
  if (content instanceof Uint8Array) return base64(content);
  if (typeof content !== "string" || !/[/+]json$/.test(mime)) return content;
  try {
    return JSON.parse(content);
  } catch (cause) {
    throw new LabError("DISPLAY_RAW_INVALID", `The content given for ${mime} is not JSON.`, { details: { mime }, cause });
  }
}

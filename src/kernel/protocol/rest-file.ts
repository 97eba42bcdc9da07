import { appendFileSync, existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A loop that prints forever must not fill the disk. */
const MAX_BYTES = 1_000_000_000;
const CHUNK = 256 * 1024;
const LAST_LINES = 10;
const LAST_BYTES = 2000;

let folder: string | undefined;

/** The file that takes what a cell wrote beyond what a notebook can show. */
export class RestFile {
  readonly path: string;
  #bytes = 0;
  #lines = 0;
  #outputs = 0;
  #pending = "";
  #tail = "";
  #failure: string | undefined;

  constructor(name: string) {
    try {
      if (folder === undefined || !existsSync(folder)) folder = mkdtempSync(join(tmpdir(), "tesserlab-output-"));
    } catch (error) {
      this.#failed(error);
    }
    this.path = join(folder ?? tmpdir(), `${name}.txt`);
  }

  /** Says, before anything is written, where it goes. */
  notice(): string {
    const where = this.#failure === undefined ? `it goes on in ${this.path}` : `the rest is lost, because ${this.#failure}`;
    return `[More output than a notebook can show: ${where}]\n`;
  }

  /** Text of a stream. */
  write(text: string): void {
    this.#lines += text.split("\n").length - 1;
    this.#tail = (this.#tail + text).slice(-LAST_BYTES);
    this.#append(text);
  }

  /** A display, as its text. */
  writeOutput(text: string): void {
    this.#outputs++;
    this.#append(`${text}\n`);
  }

  /** What lies in the file, for a person, and the end of it. */
  summary(): string {
    this.#flush();
    const parts = [
      this.#lines > 0 ? `${this.#lines.toLocaleString("en-US")} lines` : "",
      this.#outputs > 0 ? `${this.#outputs.toLocaleString("en-US")} displays` : "",
      `${(this.#bytes / 1e6).toFixed(1)} MB`,
    ].filter((part) => part !== "");
    const where =
      this.#failure === undefined ? `are in ${this.path}` : `are lost, because ${this.path} could not be written: ${this.#failure}`;
    const full = this.#bytes > MAX_BYTES ? " (it was closed at 1 GB)" : "";
    const lines = this.#tail
      .split("\n")
      .slice(-LAST_LINES - 1)
      .join("\n");
    return `[${parts.join(", ")} of output ${where}${full}.${lines.trim() === "" ? "" : " The end of it:"}]\n${lines}`;
  }

  #append(text: string): void {
    this.#bytes += Buffer.byteLength(text);
    if (this.#bytes > MAX_BYTES) return;
    this.#pending += text;
    if (this.#pending.length >= CHUNK) this.#flush();
  }

  #flush(): void {
    if (this.#pending === "" || this.#failure !== undefined) return;
    try {
      appendFileSync(this.path, this.#pending);
    } catch (error) {
      this.#failed(error);
    }
    this.#pending = "";
  }

  #failed(error: unknown): void {
    this.#failure = error instanceof Error ? error.message : String(error);
  }
}

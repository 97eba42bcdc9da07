import { Console } from "node:console";
import { StringDecoder } from "node:string_decoder";
import { queueMicrotask } from "../own-timers.js";

type StreamName = "stdout" | "stderr";

/** Takes a piece of text; answers `false` when it has no cell to go to, and must reach the terminal. */
export type TextWriter = (name: StreamName, text: string) => boolean;

type Callback = (error?: Error | null) => void;

/**
 * Sends everything written through `console`, `process.stdout` and `process.stderr` to `write`. Children that inherit the terminal, and
 * native code, bypass it.
 * @returns puts things back as they were.
 */
export function captureOutput(write: TextWriter): () => void {
  const restore = [captureStream("stdout", write), captureStream("stderr", write), plainConsole(), quietJsonWarning()];
  return () => {
    for (const undo of restore) undo();
  };
}

function captureStream(name: StreamName, write: TextWriter): () => void {
  const stream = process[name];
  const original = stream.write;
  const decoder = new StringDecoder("utf8"); // a character may arrive in two writes
  const captured = (data: string | Uint8Array, encoding?: BufferEncoding | Callback, callback?: Callback): boolean => {
    const done = typeof encoding === "function" ? encoding : callback;
    const bytes = typeof data !== "string" ? Buffer.from(data) : isBytes(encoding) ? Buffer.from(data, encoding) : undefined;
    const text = bytes === undefined ? (data as string) : decoder.write(bytes);
    if (!write(name, text)) return original.call(stream, data as string, encoding as BufferEncoding, callback);
    if (done !== undefined) queueMicrotask(() => done());
    return true;
  };
  stream.write = captured as typeof stream.write;
  return () => {
    stream.write = original;
  };
}

/** Encodings whose text stands for bytes. Text in any other is the text that is meant. */
const isBytes = (encoding: BufferEncoding | Callback | undefined): encoding is BufferEncoding =>
  encoding === "hex" || encoding === "base64" || encoding === "base64url";

/** The global console printing without colours: its text goes into a file, whatever terminal the process was started from. */
function plainConsole(): () => void {
  const stream = (name: StreamName): NodeJS.WritableStream =>
    ({ write: (text: string) => process[name].write(withoutHostFrames(text)) }) as unknown as NodeJS.WritableStream;
  const plain = new Console({ stdout: stream("stdout"), stderr: stream("stderr"), colorMode: false, ignoreErrors: false });
  const methods = Object.entries(plain).filter(([, method]) => typeof method === "function");
  const before = Object.fromEntries(methods.map(([key]) => [key, (console as unknown as Record<string, unknown>)[key]]));
  Object.assign(console, Object.fromEntries(methods));
  return () => {
    Object.assign(console, before);
  };
}

/** An error that is printed shows where it came from up to its cell: what evaluates cells is nobody's business. */
function withoutHostFrames(text: string): string {
  if (!text.includes(KERNEL_FOLDER)) return text;
  return text.replaceAll(HOST_FRAMES, (frames) => (!frames.includes(KERNEL_FOLDER) ? frames : frames.endsWith(" {") ? " {" : ""));
}

const KERNEL_FOLDER = new URL("..", import.meta.url).href;
/** They begin where the inspector is asked, or with what Node leaves out because the error's cause has it too. A brace opens the error's fields. */
const HOST_FRAMES =
  /\n( *)(?:at Session\.post \(node:inspector[^\n]*|\.\.\. \d+ lines matching cause stack trace \.\.\.)(?:\n\1at [^\n]*)*/g;

/** Node calls JSON imports experimental; the author of a notebook can do nothing about it. */
function quietJsonWarning(): () => void {
  const original = process.emitWarning;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    const text = String(warning);
    if (text.includes("Importing JSON modules")) return;
    Reflect.apply(original, process, [warning, ...rest]);
  }) as typeof process.emitWarning;
  return () => {
    process.emitWarning = original;
  };
}

import { createHash } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Script } from "node:vm";

const HASH_BYTES = 32;

/** Where the compiled code of a program lies, for this version of Node: others have theirs beside it. */
const compiledFile = (program: string): string => `${program}.${process.version}-${process.arch}.compiled`;

/**
 * Runs a CommonJS program from the code that V8 made of it in an earlier start, which takes a fraction of the time to compile it; as it is where there is none
 * that fits. V8 takes only what the same version made with the same flags, and does not check more: that the file is whole, and of this very program, is
 * checked here. A program whose compiled code is missing leaves it for the next start, once it has run for a while. What it imports late must be in its own file:
 * such code has no way to Node's loader of modules.
 * @param program - absolute path of the file.
 * @param keepAfterMs - how long it has to run until its code is kept: what it has used by then is in it.
 * @returns whether it ran from compiled code.
 */
export function runCompiled(program: string, keepAfterMs: number): boolean {
  const source = readFileSync(program, "utf8");
  const file = compiledFile(program);
  const cachedData = readCompiled(file, source);
  const script = new Script(`(function (exports, require, module, __filename) {${source}\n})`, {
    filename: program,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(program), module, program);
  const wasCompiled = cachedData !== undefined && script.cachedDataRejected !== true;
  if (!wasCompiled) setTimeout(() => keepCompiled(file, source, script.createCachedData()), keepAfterMs).unref();
  return wasCompiled;
}

/** Whether a program will find its compiled code. */
export function isCompiled(program: string): boolean {
  return readCompiled(compiledFile(program), readFileSync(program, "utf8")) !== undefined;
}

function readCompiled(file: string, source: string): Buffer | undefined {
  try {
    const bytes = readFileSync(file);
    const code = bytes.subarray(HASH_BYTES);
    return hashOf(source, code).equals(bytes.subarray(0, HASH_BYTES)) ? code : undefined;
  } catch {
    return undefined; // the first start
  }
}

/** Never throws: a folder that cannot be written is a slower start, no more. */
function keepCompiled(file: string, source: string, code: Buffer): void {
  const unfinished = `${file}.${process.pid}`;
  try {
    writeFileSync(unfinished, Buffer.concat([hashOf(source, code), code]));
    renameSync(unfinished, file); // another kernel may be reading it
  } catch {
    rmSync(unfinished, { force: true });
  }
}

function hashOf(source: string, code: Buffer): Buffer {
  return createHash("sha256").update(source).update(code).digest();
}

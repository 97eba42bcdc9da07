import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");
const MAX_LINES = 400;

/** Files of src that may pass MAX_LINES, each with its reason. */
const LONG: Record<string, string> = {};

const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: ROOT, encoding: "utf8" }).split("\0").filter(Boolean);

/** The text of a tracked file; undefined for a binary one, and for one deleted but not yet committed. */
function textOf(file: string): string | undefined {
  try {
    const text = readFileSync(join(ROOT, file), "utf8");
    return text.includes("\0") ? undefined : text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT" || (error as NodeJS.ErrnoException).code === "EISDIR") return undefined;
    throw error;
  }
}

/** What no file may hold. Written so that this file does not hold it either. */
const FORBIDDEN: [kind: string, pattern: RegExp, example: string][] = [
  ["a path of one machine", /(?<![\w.\-/])\/(?:work|root|home|Users)\/[\w.-]/, ["", "work", "main"].join("/")],
  ["a path of one Windows machine", /\b[A-Z]:\\{1,2}Users\\/, ["C:", "Users", "me"].join("\\")],
  [
    "the address of a package registry",
    /https?:\/\/(?:registry\.|[\w.-]*npmjs\.|[\w.-]+\/(?:npm|artifactory)\/)/,
    `https:/${"/registry"}.npmjs.org/x`,
  ],
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----/, `-----BEGIN ${"PRIVATE"} KEY-----`],
  ["a token", /\b(?:gh[pousr]_\w{30,}|npm_\w{30,}|sk-\w{30,}|AKIA[A-Z0-9]{16}|xox[abp]-\w{10,})/, `npm_${"a".repeat(36)}`],
  [
    "a key in clear",
    /(?:api|secret|access)_?(?:key|token)["']?\s*[:=]\s*["'][A-Za-z0-9/+]{18,}["']/i,
    `${"api"}Key = "${"0aB".repeat(8)}"`,
  ],
];

describe("what git tracks", () => {
  it("is looked at", () => {
    expect(tracked.length).toBeGreaterThan(20);
    expect(tracked.filter((file) => textOf(file) !== undefined).length).toBeGreaterThan(20);
  });

  it.each(FORBIDDEN)("holds nowhere %s", (_kind, pattern, example) => {
    expect(example).toMatch(pattern);
    const found = tracked.flatMap((file) => {
      const lines = textOf(file)?.split("\n") ?? [];
      return lines.flatMap((line, i) => (pattern.test(line) ? [`${file}:${i + 1}: ${pattern.exec(line)![0]}`] : []));
    });
    expect(found).toEqual([]);
  });

  it("leaves out what is built, installed or produced", () => {
    expect(
      tracked.filter((file) => /(^|\/)(node_modules|dist|coverage|reports)\/|\.(db|db-wal|db-shm|executed\.ipynb)$/.test(file)),
    ).toEqual([]);
  });
});

describe(`files of src keep to ${MAX_LINES} lines`, () => {
  const lengths = new Map(
    tracked.filter((file) => /^src\/.*\.(ts|js)$/.test(file)).map((file) => [file, (textOf(file) ?? "").trimEnd().split("\n").length]),
  );

  it("but for those with a reason", () => {
    const long = [...lengths].filter(([file, lines]) => lines > MAX_LINES && LONG[file] === undefined);
    expect(long).toEqual([]);
  });

  it("and none of those keeps to them by now", () => {
    expect(Object.keys(LONG).filter((file) => (lengths.get(file) ?? 0) <= MAX_LINES)).toEqual([]);
  });
});

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SessionLog } from "../../src/live/index.js";
import { ROOT } from "../cli/tesserlab.js";
import { scratch } from "../state/samples.js";

/** Writes until a line is torn, makes room, and writes again. */
const PROGRAM = `
  import { readFileSync, writeFileSync } from "node:fs";
  import { SessionLog } from ${JSON.stringify(join(ROOT, "dist/live/index.js"))};
  const path = process.argv[1];
  const log = new SessionLog({ path, clock: { now: () => 0 }, session: "abc" });
  for (let i = 0; i < 20; i++) log.write("info", "LINE", "x".repeat(50), { i });
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.slice(text.lastIndexOf("\\n") + 1));
  log.write("info", "AGAIN", "there is room");
  log.close();
`;

test.skipIf(process.platform === "win32")("a line of the log that a full disk tore does not take the next one with it", () => {
  const path = join(scratch(), "log.json");
  // No file of this process may grow beyond a block.
  const script = 'trap "" XFSZ; ulimit -f 1; exec "$0" --input-type=module -e "$1" "$2"';
  const ran = spawnSync("sh", ["-c", script, process.execPath, PROGRAM, path], { encoding: "utf8" });
  expect(ran.status).toBe(0);
  expect(ran.stderr).toMatch(/The log of session abc cannot be written: Error: EFBIG/);
  const [torn, whole, ...rest] = readFileSync(path, "utf8").split("\n");
  expect(() => JSON.parse(torn!)).toThrow(SyntaxError);
  expect(JSON.parse(whole!)).toMatchObject({ code: "AGAIN", message: "there is room" });
  expect(rest).toEqual([""]);
});

test.each([
  ["a line that a process left torn does not take the next one's first line with it", '{"code":"EARL', ['{"code":"EARL', "AGAIN", "MORE"]],
  ["a log that ends with a whole line gets no empty one", '{"code":"EARLIER"}\n', ['{"code":"EARLIER"}', "AGAIN", "MORE"]],
  ["an empty log begins with its first line", "", ["AGAIN", "MORE"]],
])("%s", (_, before, expected) => {
  const path = join(scratch(), "log.json");
  writeFileSync(path, before);
  const log = new SessionLog({ path, clock: { now: () => 0 }, session: "abc" });
  log.write("info", "AGAIN", "it goes on");
  log.write("info", "MORE", "and on");
  log.close();
  const lines = readFileSync(path, "utf8").split("\n");
  expect(lines.pop()).toBe("");
  expect(lines.map((line) => (line.includes('"session":"abc"') ? (JSON.parse(line) as { code: string }).code : line))).toEqual(expected);
});

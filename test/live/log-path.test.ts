import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { syntheticCandles } from "../../src/data/index.js";
import { SessionLog, startLive } from "../../src/live/index.js";
import { paper, replay } from "../../src/venues/paper/index.js";
import { scratch } from "../state/samples.js";
import { ownSessions } from "./own-sessions.js";

const clock = { now: () => 0 };
const btc = syntheticCandles({ bars: 50, seed: 5 });

const isLinux = process.platform === "linux";

/** Paths that are no log, each made in a folder of its own, with what is said of it. */
const CASES: readonly (readonly [name: string, path: (folder: string) => string, why: RegExp])[] = [
  [
    "a folder",
    (folder) => {
      mkdirSync(join(folder, "logs"));
      return join(folder, "logs");
    },
    /cannot be written: it is a folder\.$/,
  ],
  [
    "below a file",
    (folder) => {
      writeFileSync(join(folder, "file"), "");
      return join(folder, "file", "live.json");
    },
    /EEXIST: file already exists|ENOTDIR: not a directory/,
  ],
  [
    "far below a file",
    (folder) => {
      writeFileSync(join(folder, "file"), "");
      return join(folder, "file", "a", "b", "live.json");
    },
    /ENOTDIR/,
  ],
  [
    "a link in a circle",
    (folder) => {
      symlinkSync(join(folder, "b"), join(folder, "a"));
      symlinkSync(join(folder, "a"), join(folder, "b"));
      return join(folder, "a");
    },
    /ELOOP/,
  ],
  ["a name too long", (folder) => join(folder, "x".repeat(5_000)), /ENAMETOOLONG/],
  ...(isLinux
    ? ([
        [
          "a pipe",
          (folder: string) => {
            expect(spawnSync("sh", ["-c", 'exec mkfifo "$0"', join(folder, "pipe")]).status).toBe(0);
            return join(folder, "pipe");
          },
          /it is a pipe, whose reader could hold the session up/,
        ],
        ["a device that is full", () => "/dev/full", /ENOSPC/],
        ["below a device", () => "/dev/null/live.json", /EEXIST: file already exists|ENOTDIR: not a directory/],
        ["below /proc", () => "/proc/tesserlab/live.json", /ENOENT|EACCES|EPERM|EROFS/],
        ["far below /proc", () => "/proc/tesserlab/logs/of/today/live.json", /ENOENT|EACCES|EPERM|EROFS/],
      ] as const)
    : []),
];

describe("a path that can be no log is refused at the start", () => {
  test.each(CASES)("%s", async (_, make, why) => {
    const folder = scratch();
    const path = make(folder);
    const refused = { code: "LOG_UNUSABLE", message: expect.stringMatching(why) };
    expect(() => new SessionLog({ path, clock, session: "abc" })).toThrow(expect.objectContaining(refused));
    const statePath = join(folder, "state.db");
    const venue = paper({ feed: replay(btc, { speed: "max" }) });
    await expect(startLive({ strategy: "SmaCross", venue, statePath, trade: { logPath: path } })).rejects.toMatchObject(refused);
    // Before anything else was begun.
    expect(existsSync(statePath)).toBe(false);
  });
});

test.runIf(isLinux)("a state file and a recording below /proc are refused, too", { timeout: 60_000 }, async () => {
  ownSessions();
  const folder = scratch();
  const options = { strategy: "SmaCross", venue: paper({ feed: replay(btc, { speed: "max" }) }), trade: {} };
  await expect(startLive({ ...options, statePath: "/proc/tesserlab/state.db" })).rejects.toMatchObject({ code: "STATE_IO" });
  await expect(startLive({ ...options, statePath: join(folder, "state.db"), record: "/proc/tesserlab/tape" })).rejects.toMatchObject({
    code: "RECORD_UNUSABLE",
    message: expect.stringContaining("Nothing can be recorded in /proc/tesserlab/tape: "),
  });
});

test("a log that can be written is made with its folders, and a refused start leaves none", { timeout: 60_000 }, async () => {
  ownSessions();
  const folder = scratch();
  const logPath = join(folder, "logs", "deep", "live.json");
  const venue = paper({ feed: replay(btc, { speed: "max" }) });
  const options = { strategy: "SmaCross", venue, trade: { logPath } };
  await expect(startLive({ ...options, statePath: folder })).rejects.toMatchObject({ code: expect.stringMatching(/^STATE_/) });
  expect(readdirSync(join(folder, "logs", "deep"))).toEqual([]);
  const session = await startLive({ ...options, statePath: join(folder, "state.db") });
  await session.done;
  expect(readdirSync(join(folder, "logs", "deep"))).toEqual(["live.json"]);
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { LabError } from "../../src/errors/index.js";
import { attachSession, listSessions, type SessionHandle, startSession } from "../../src/live/index.js";
import { openState } from "../../src/state/index.js";
import { paper, replay } from "../../src/venues/paper/index.js";
import { scratch } from "../state/samples.js";
import { ownSessions } from "./own-sessions.js";

const btc = syntheticCandles({ bars: 2_000, seed: 5, gaps: true });
/** 2,000 candles of a minute in about 20 seconds, unless stopped. */
const slow = paper({ feed: replay(btc, { speed: 6_000 }) });

async function begun(session: SessionHandle, bars: number): Promise<void> {
  await new Promise<void>((resolve) => session.on("status", (report) => report.bars >= bars && resolve()));
}

async function code(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "nothing thrown",
    (error: unknown) => (error instanceof LabError ? error.code : String(error)),
  );
}

const PROGRAM = `
import { syntheticCandles } from "tesserlab/data";
import { startSession } from "tesserlab/live";
import { paper, replay } from "tesserlab/venues/paper";
const btc = syntheticCandles({ bars: 2_000, seed: 5, gaps: true });
const session = await startSession({ strategy: "SmaCross", venue: paper({ feed: replay(btc, { speed: 120_000 }) }), statePath: process.argv[1] });
session.on("fill", () => console.log(session.id));
`;

describe("a session in a process of its own", () => {
  test("is listed, attached to from elsewhere, and ends with everything told to everyone", async () => {
    const folder = ownSessions();
    const statePath = join(scratch(), "state.db");
    const session = await startSession({ venue: slow, strategy: "SmaCross", statePath });
    await begun(session, 20);
    expect(listSessions()).toMatchObject([{ id: session.id, strategy: "SmaCross", venue: "paper", statePath }]);
    expect(listSessions()[0]!.pid).not.toBe(process.pid);

    const other = await attachSession(session.id);
    expect(other.strategy).toBe("SmaCross");
    expect((await other.status()).bars).toBeGreaterThanOrEqual(20);
    expect(await code(attachSession(`${session.id}x`))).toBe("SESSION_UNKNOWN");
    await expect(attachSession(`${session.id}x`)).rejects.toThrow(`Did you mean ${session.id}?`);
    // The same state file is refused to a second one, which names who holds it.
    await expect(startSession({ data: btc, strategy: "SmaCross", statePath })).rejects.toThrow(`in use by session ${session.id}`);

    const [mine, theirs] = await Promise.all([session.done, other.stop()]);
    expect(mine).toEqual(theirs);
    expect(mine.status).toBe("stopped");
    expect(listSessions()).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("does not answer without its token, and its file is for its user alone", async () => {
    const folder = ownSessions();
    const session = await startSession({ venue: slow, strategy: "SmaCross", statePath: join(scratch(), "state.db") });
    const file = join(folder, `${session.id}.json`);
    expect(statSync(file).mode & 0o077).toBe(0);
    expect(statSync(folder).mode & 0o077).toBe(0);
    const { port } = JSON.parse(readFileSync(file, "utf8")) as { port: number };
    for (const words of ['{"token":"wrong"}\n', '{"id":1,"request":{"kind":"stop","closePositions":true}}\n', "GET / HTTP/1.1\r\n\r\n"]) {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {});
      let heard = "";
      socket.on("data", (part) => {
        heard += part.toString();
      });
      socket.write(words);
      await once(socket, "close");
      expect(heard).toBe("");
    }
    expect((await session.stop()).status).toBe("stopped");
  });

  test("its starter is killed in the middle of a fill: nothing changes, the run is the backtest's to the last unit", async () => {
    ownSessions();
    const statePath = join(scratch(), "state.db");
    const starter = spawn(process.execPath, ["--input-type=module", "-e", PROGRAM, statePath], { stdio: ["ignore", "pipe", "inherit"] });
    const [first] = (await once(starter.stdout, "data")) as [Buffer];
    starter.kill("SIGKILL");
    await once(starter, "exit");
    const session = await attachSession(first.toString().trim().split("\n")[0]!);
    const { status, equity } = await session.done;
    const run = backtest({ data: btc, strategy: "SmaCross" });
    expect([status, equity]).toEqual(["completed", run.finalEquity]);
    expect((await session.fills()).length).toBe(run.fills.length);
    expect((await session.equity()).value).toEqual(run.equity.value);
  });

  test("interrupts do not reach it; a request to terminate stops it in order", async () => {
    ownSessions();
    const session = await startSession({ venue: slow, strategy: "SmaCross", statePath: join(scratch(), "state.db") });
    const { pid } = listSessions()[0]!;
    process.kill(pid, "SIGINT");
    process.kill(pid, "SIGHUP");
    await begun(session, 5);
    process.kill(pid, "SIGTERM");
    expect((await session.done).status).toBe("stopped");
  });

  test("killed outright: interrupted, its file sound and free, and it is off the list", async () => {
    ownSessions();
    const statePath = join(scratch(), "state.db");
    const session = await startSession({ venue: slow, strategy: "SmaCross", statePath });
    await begun(session, 20);
    process.kill(listSessions()[0]!.pid, "SIGKILL");
    expect(await code(session.done)).toBe("SESSION_LOST");
    expect((await session.status()).status).toBe("interrupted");
    expect(listSessions()).toEqual([]);
    const view = openState(statePath);
    expect(view.check()).toEqual([]);
    expect(view.format === "tesserlab" && view.replay()).toEqual([]);
    view.close();
    await (await startSession({ data: btc, strategy: "SmaCross", statePath })).done;
  });

  test("what keeps it from starting is said as if it ran here, and leaves nothing behind", async () => {
    const folder = ownSessions();
    const statePath = join(scratch(), "state.db");
    writeFileSync(statePath, "no database");
    expect(await code(startSession({ data: btc, strategy: "SmaCross", statePath }))).toBe("STATE_NOT_SQLITE");
    expect(readdirSync(folder).filter((name) => name.endsWith(".json"))).toEqual([]);
  });

  test("several run side by side, and letting go of one changes nothing for it", async () => {
    ownSessions();
    const start = (): Promise<SessionHandle> => startSession({ venue: slow, strategy: "SmaCross", statePath: join(scratch(), "state.db") });
    const [a, b] = await Promise.all([start(), start()]);
    expect(
      listSessions()
        .map((one) => one.id)
        .sort(),
    ).toEqual([a.id, b.id].sort());
    a.detach();
    const again = await attachSession(a.id);
    await begun(again, 10);
    await Promise.all([again.stop(), b.stop()]);
    expect(listSessions()).toEqual([]);
  });
});

import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KernelClient } from "./kernel-client.js";
import { folderWith } from "./run-cells.js";

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A small generator of numbers in [0, 1), the same at every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start();
  await kernel.run("let kept = 41; const wait = (ms: number) => new Promise((r) => setTimeout(r, ms));");
});
afterAll(() => kernel.close());

/** Each says that it has come to where it is to be interrupted. */
const CELLS: [what: string, code: string][] = [
  ["a loop", "kept++; console.log('there'); while (true) {}"],
  ["a loop after an await", "kept++; await wait(1); console.log('there'); while (true) {}"],
  ["an await that never ends", "kept++; console.log('there'); await new Promise(() => setInterval(() => {}, 1e6))"],
  ["a loop in a timer", "kept++; setTimeout(() => { console.log('there'); while (true) {} }, 1); await wait(1e6)"],
  ["a loop of microtasks", "kept++; console.log('there'); const storm = (): Promise<void> => Promise.resolve().then(storm); await storm()"],
  [
    "a loop in an immediate",
    "kept++; setImmediate(() => { console.log('there'); while (true) {} }); setImmediate(() => {}); await wait(1e6)",
  ],
  [
    "a loop in the second of three immediates",
    "kept++; setImmediate(() => {}); setImmediate(() => { console.log('there'); while (true) {} }); setImmediate(() => {}); await wait(1e6)",
  ],
  ["a regular expression gone wild", "kept++; console.log('there'); /^(a+)+$/.test('a'.repeat(40) + 'b')"],
  ["awaits whose failures are swallowed", "kept++; console.log('there'); while (true) try { await wait(5) } catch {}"],
  ["a thread that sleeps", "kept++; console.log('there'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)"],
  ["a flood of displays", "kept++; console.log('there'); while (true) display({ a: 1 })"],
  ["a flood of output", "kept++; console.log('there'); while (true) console.log('x'.repeat(100))"],
  ["a display that never returns", "kept++; ({ [Symbol.for('Jupyter.display')]() { console.log('there'); while (true) {} } })"],
];

/** Makes what the protocol thread first connects to the main thread hear nothing. */
const DEAF = `
const { isMainThread } = require("node:worker_threads");
const { Session } = require("node:inspector");
const { connectToMainThread, post } = Session.prototype;
let deaf;
if (!isMainThread) Session.prototype.connectToMainThread = function () {
  if (deaf === undefined) require("node:fs").writeSync(2, "the first way is deaf\\n");
  deaf ??= this;
  return connectToMainThread.call(this);
};
if (!isMainThread) Session.prototype.post = function (...message) {
  if (this !== deaf) return post.apply(this, message);
};
`;

/** Keeps the main thread from going on once it has agreed to be terminated, as a busy machine may. */
const LATE = `
const { isMainThread } = require("node:worker_threads");
const { _fatalException } = process;
if (isMainThread) process._fatalException = function (error) {
  const handled = _fatalException.call(this, error);
  if (error.message === "clears the stack of async ids") {
    require("node:fs").writeSync(2, "stood still\\n");
    for (const end = performance.now() + 150; performance.now() < end; );
  }
  return handled;
};
`;

/** V8 as it is when a termination was called off that it still holds for under way. */
const REFUSING = `
const { isMainThread } = require("node:worker_threads");
const { Session } = require("node:inspector");
const { post } = Session.prototype;
if (!isMainThread) Session.prototype.post = function (method, ...rest) {
  if (method === "Runtime.terminateExecution") setImmediate(rest.at(-1), new Error("There is current termination request in progress"));
  else post.call(this, method, ...rest);
};
`;

describe("an interrupt", () => {
  test.each(CELLS)("stops %s, says so, and keeps the variables", async (_what, code) => {
    const before = Number((await kernel.run("kept")).result);
    const cell = kernel.execute(code);
    await kernel.seen(cell, "stream", "there");
    const interrupted = await kernel.interrupt();
    const reply = await cell.reply;
    await cell.idle;
    expect(interrupted.status).toBe("ok");
    expect(reply).toMatchObject({ status: "error", ename: "KeyboardInterrupt", evalue: "Execution interrupted." });
    expect((await kernel.run("kept")).result).toBe(String(before + 1));
    expect((await kernel.run("console.log('still'); 1 + 1")).text()).toBe("still\n");
  });

  test("aborts `signal`, so that work in the background ends too", async () => {
    const cell = kernel.execute("signal.addEventListener('abort', () => console.log('told')); console.log('there'); await wait(1e6)");
    await kernel.seen(cell, "stream", "there");
    await kernel.interrupt();
    await cell.idle;
    await kernel.seen(cell, "stream", "told");
  });

  test("aborts the cells that wait", async () => {
    const all = [kernel.execute("while (true) {}"), kernel.execute("globalThis.second = 1")];
    await kernel.ask("comm_info_request"); // answered in turn: both have been received
    await kernel.interrupt();
    expect((await Promise.all(all.map(({ reply }) => reply))).map(({ status }) => status)).toEqual(["error", "aborted"]);
    expect((await kernel.run("globalThis.second")).result).toBeUndefined();
  });

  test("stops a loop left behind by an earlier cell, without harm to the next one", async () => {
    const first = kernel.execute("setTimeout(() => { console.log('there'); while (true) {} }, 30); 0");
    await kernel.seen(first, "stream", "there");
    const next = kernel.execute("'alive'");
    await kernel.seen(next, "execute_input");
    await kernel.interrupt();
    const reply = await next.reply;
    await next.idle;
    // The queued cell was already sent to the stuck thread: it is the one interrupted, or it runs; the kernel lives either way.
    expect(["ok", "error"]).toContain(reply.status);
    expect((await kernel.run("1 + 1")).result).toBe("2");
  });

  test("ten in a row, then 1 + 1, and interrupts of nothing", async () => {
    const cell = kernel.execute("console.log('there'); while (true) {}");
    await kernel.seen(cell, "stream", "there");
    await Promise.all(Array.from({ length: 10 }, () => kernel.interrupt()));
    expect((await cell.reply).ename).toBe("KeyboardInterrupt");
    for (let i = 0; i < 10; i++) {
      const loop = kernel.execute(i % 2 ? "while (true) {}" : "await wait(1e6)");
      await kernel.seen(loop, "execute_input"); // it runs, or will: an interrupt before would be of nothing
      await sleep(i * 3);
      await kernel.interrupt();
      expect((await loop.reply).ename).toBe("KeyboardInterrupt");
    }
    for (let i = 0; i < 10; i++) await kernel.interrupt();
    expect((await kernel.run("1 + 1")).result).toBe("2");
  });

  test("that comes while an earlier one is under way, which was of nothing, reaches its cell", async () => {
    for (let i = 0; i < 10; i++) {
      // One after the other through one socket: the kernel has them in this order, and at once.
      const nothing = kernel.ask("interrupt_request");
      const loop = kernel.execute("while (true) {}");
      const meant = kernel.ask("interrupt_request");
      expect((await loop.reply).ename).toBe("KeyboardInterrupt");
      expect(await Promise.all([nothing, meant])).toMatchObject([{ status: "ok" }, { status: "ok" }]);
    }
  });

  test("gets through where the way to the main thread is deaf", async () => {
    const preload = join(folderWith({ "deaf.cjs": DEAF }), "deaf.cjs");
    const deaf = await KernelClient.start({ bare: true, nodeArgs: ["--require", preload] });
    const loop = deaf.execute("console.log('there'); while (true) {}");
    await deaf.seen(loop, "stream", "there");
    await deaf.interrupt();
    expect((await loop.reply).ename).toBe("KeyboardInterrupt");
    expect((await deaf.run("1 + 1")).result).toBe("2");
    await expect.poll(() => deaf.log, { timeout: 30_000 }).toContain("the first way is deaf\n");
    expect(await deaf.shutdown()).toBe(0);
  });

  test("gets through where the main thread stands still for a moment after it agreed", async () => {
    const preload = join(folderWith({ "late.cjs": LATE }), "late.cjs");
    const late = await KernelClient.start({ bare: true, nodeArgs: ["--require", preload] });
    for (let round = 0; round < 5; round++) {
      const loop = late.execute("console.log('there'); while (true) {}");
      await late.seen(loop, "stream", "there");
      await late.interrupt();
      expect((await loop.reply).ename).toBe("KeyboardInterrupt");
    }
    expect((await late.run("1 + 1")).result).toBe("2");
    await expect.poll(() => late.log, { timeout: 30_000 }).toContain("stood still");
    expect(await late.shutdown()).toBe(0);
  });

  test("gets through where V8 refuses to terminate", async () => {
    const preload = join(folderWith({ "refusing.cjs": REFUSING }), "refusing.cjs");
    const refusing = await KernelClient.start({ bare: true, nodeArgs: ["--require", preload] });
    for (const code of [
      "while (true) {}",
      "await null; while (true) {}",
      "setTimeout(() => { while (true) {} }, 1); await new Promise(() => {})",
    ]) {
      const loop = refusing.execute(`var kept = 7; console.log('there'); ${code}`);
      await refusing.seen(loop, "stream", "there");
      for (let ended = false; !ended; ) ended = await Promise.race([loop.reply.then(() => true), refusing.interrupt().then(() => false)]);
      expect((await loop.reply).ename).toBe("KeyboardInterrupt");
      expect((await refusing.run("kept")).result).toBe("7");
    }
    expect(await refusing.shutdown()).toBe(0);
  });

  test("in the middle of the kernel's own work, many at random, loses no cell and no variable", async () => {
    const random = seeded(7);
    const codes = [
      "1 + 1",
      "console.log('x')",
      "while (true) {}",
      "await wait(1e6)",
      "new Map([[1, 2]])",
      "setTimeout(() => { while (true) {} }, 1); 0",
    ];
    for (let i = 0; i < 25; i++) {
      const cells = [kernel.execute(codes[Math.floor(random() * codes.length)]!), kernel.execute("'next'", { stop_on_error: false })];
      await sleep(random() * 12);
      let pending = true;
      const ended = Promise.all(cells.map(({ reply }) => reply)).finally(() => {
        pending = false;
      });
      while (pending) await Promise.race([kernel.interrupt().then(() => sleep(2)), ended]);
      for (const { status } of await ended) expect(["ok", "error", "aborted"]).toContain(status);
    }
    await kernel.interrupt();
    expect((await kernel.run("kept > 40")).result).toBe("true");
  });

  test("SIGINT to the supervisor does the same", async () => {
    const cell = kernel.execute("console.log('there'); while (true) {}");
    await kernel.seen(cell, "stream", "there");
    kernel.process.kill("SIGINT");
    expect((await cell.reply).ename).toBe("KeyboardInterrupt");
    await cell.idle;
    expect((await kernel.run("kept > 41")).result).toBe("true");
  });
});

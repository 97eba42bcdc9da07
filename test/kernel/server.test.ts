import { spawnSync } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { curveKeyPair, Subscriber, XSubscriber } from "zeromq";
import { type Content, KERNEL, KernelClient } from "./kernel-client.js";
import { descendants, isAlive } from "./processes.js";
import { folderWith } from "./run-cells.js";

const LAB = fileURLToPath(new URL("fixture-lab.mjs", import.meta.url));
let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start({ args: ["--lab", LAB] });
});
afterAll(() => kernel.close());

test("a client that runs a cell before its subscription has arrived sees all of it", async () => {
  const early = await KernelClient.start({ args: ["--lab", LAB], late: true });
  const cell = early.execute("console.log('first'); 6 * 7");
  expect(await cell.reply).toMatchObject({ status: "ok", execution_count: 1 });
  await early.subscribe();
  await cell.idle;
  expect(early.iopubMessages[0]!.type).toBe("iopub_welcome");
  const types = ["status", "execute_input", "stream", "execute_result", "status"];
  expect(cell.published.map(({ type }) => type)).toEqual(types);
  // Without anybody listening, no cell waits for ever.
  early.close();
  const alone = await KernelClient.start({ args: ["--lab", LAB], late: true });
  const lines = alone.execute("for (let i = 0; i < 300_000; i++) console.log('line', i)");
  expect(await lines.reply).toMatchObject({ status: "ok" });
  expect(await alone.ask("kernel_info_request")).toMatchObject({ status: "ok" });
  alone.close();
});

test("a second client that was welcomed, amid messages for others, sees all of what it then runs", async () => {
  const { iopub_port: port } = await kernel.ask("connect_request");
  const stranger = new XSubscriber({ linger: 0 });
  stranger.connect(`tcp://127.0.0.1:${port}`);
  for (let round = 0; round < 10; round++) {
    const second = new Subscriber({ linger: 0 });
    second.subscribe();
    second.connect(`tcp://127.0.0.1:${port}`);
    await stranger.send("garbage");
    const others = Array.from({ length: 10 }, () => kernel.ask("kernel_info_request"));
    const next = async (): Promise<{ type: string; parent: string }> => {
      const [, , , header, parent] = (await second.receive()).map(String);
      return { type: JSON.parse(header!).msg_type, parent: JSON.parse(parent!).msg_id };
    };
    while ((await next()).type !== "iopub_welcome");
    const cell = kernel.execute(`console.log("round ${round}"); ${round}`);
    const seen: string[] = [];
    while (seen.filter((type) => type === "status").length < 2) {
      const { type, parent } = await next();
      if (parent === cell.id) seen.push(type);
    }
    expect(seen).toEqual(["status", "execute_input", "stream", "execute_result", "status"]);
    await Promise.all([...others, cell.idle]);
    second.close();
  }
  stranger.close();
});

test("a subscription is welcomed by its own topic, one that is no text is not", async () => {
  const { iopub_port: port } = await kernel.ask("connect_request");
  const client = new XSubscriber({ linger: 0 });
  client.connect(`tcp://127.0.0.1:${port}`);
  const subscribe = (topic: Buffer): Promise<void> => client.send(Buffer.concat([Buffer.of(1), topic]));
  await subscribe(Buffer.of(0xff, 0xfe));
  await subscribe(Buffer.from("ünlü"));
  const [topic, , , header, , , content] = await client.receive();
  expect([String(topic), JSON.parse(String(header)).msg_type, JSON.parse(String(content))]).toEqual([
    "ünlü",
    "iopub_welcome",
    { subscription: "ünlü" },
  ]);
  client.close();
});

describe("executing", () => {
  test("kernel_info says what it is, in real versions", async () => {
    const info = await kernel.ask("kernel_info_request");
    const { version } = JSON.parse(
      readFileSync(fileURLToPath(new URL("../../node_modules/typescript/package.json", import.meta.url)), "utf8"),
    );
    expect(info).toMatchObject({
      status: "ok",
      protocol_version: "5.4",
      implementation: "tesserlab",
      language_info: { name: "typescript", version, file_extension: ".ts" },
    });
    expect(typeof info.language_info.codemirror_mode).toBe("string");
  });

  test("a cell: busy, input, outputs in order, result, idle, and a reply with its number", async () => {
    const run = await kernel.run("console.log('a'); console.error('b'); display('c'); 40 + 2");
    expect(run.published.map(({ type, content }) => (type === "status" ? content.execution_state : type))).toEqual([
      "busy",
      "execute_input",
      "stream",
      "stream",
      "display_data",
      "execute_result",
      "idle",
    ]);
    expect([run.text(), run.text("stderr"), run.result]).toEqual(["a\n", "b\n", "42"]);
    expect(run.reply).toMatchObject({ status: "ok", payload: [], user_expressions: {} });
    expect(run.of("execute_result")[0]).toMatchObject({ execution_count: run.reply.execution_count, metadata: {} });
  });

  test("helpers are in scope, and a cell may take over their names", async () => {
    expect((await kernel.run("await data.load('x')")).result).toBe("data loaded x");
    expect((await kernel.run("const data = await data.load('y'); data")).result).toBe("data loaded y");
    expect((await kernel.run("await lab.data.load('z')")).result).toBe("data loaded z");
  });

  test("an error names the cell and the line, in the message and in the reply", async () => {
    const run = await kernel.run("const fine = 1;\nthrow new RangeError('too far')");
    expect(run.error).toMatchObject({ ename: "RangeError", evalue: "too far" });
    expect(run.error!.traceback.join("\n")).toContain(`cell-${run.reply.execution_count}.ts:2:`);
    expect(run.reply).toMatchObject({ status: "error", ename: "RangeError", traceback: run.error!.traceback });
    const syntax = await kernel.run("const = 1");
    expect(syntax.error?.ename).toBe("SyntaxError");
  });

  test("silent and uncounted cells, and questions beside a cell", async () => {
    const { reply } = await kernel.run("const base = 20");
    const silent = await kernel.run("base", { silent: true });
    expect(silent.of("execute_result").length + silent.of("execute_input").length).toBe(0);
    const uncounted = await kernel.run("base", { store_history: false });
    expect(uncounted.result).toBe("20");
    const asked = await kernel.run("'x'", { user_expressions: { sum: "base + 1", bad: "nowhere" } });
    expect(asked.reply.execution_count).toBe(reply.execution_count + 1);
    expect(asked.reply.user_expressions.sum).toEqual({ status: "ok", data: { "text/plain": "21" }, metadata: {} });
    expect(asked.reply.user_expressions.bad).toMatchObject({ status: "error", ename: "ReferenceError", evalue: "nowhere is not defined" });
    expect((await kernel.run("_")).result).toBe("x");
  });

  test("cells queued behind a failing one are aborted, unless it says otherwise; later ones run", async () => {
    // It fails once the others have reached the kernel, which takes messages of a channel in their order.
    const signal = join(folderWith({}), "received");
    const failing = `import { existsSync } from "node:fs";
while (!existsSync(${JSON.stringify(signal)})) await new Promise((resolve) => setTimeout(resolve, 2));
throw new Error("stop");`;
    const all = [kernel.execute(failing), kernel.execute("globalThis.ran = true"), kernel.execute("2")];
    await kernel.ask("kernel_info_request");
    writeFileSync(signal, "");
    const replies = await Promise.all(all.map(({ reply }) => reply));
    expect(replies.map(({ status }) => status)).toEqual(["error", "aborted", "aborted"]);
    expect((await kernel.run("globalThis.ran")).result).toBeUndefined();
    const lax = [kernel.execute("throw new Error('go on')", { stop_on_error: false }), kernel.execute("3")];
    expect((await Promise.all(lax.map(({ reply }) => reply))).map(({ status }) => status)).toEqual(["error", "ok"]);
  });

  test("late output and errors find their own cell", async () => {
    const first = kernel.execute("setTimeout(() => { console.log('late'); throw new Error('later') }, 60); 1");
    await first.idle;
    const second = await kernel.run("await new Promise((r) => setTimeout(r, 150)); console.log('mine')");
    expect(second.text()).toBe("mine\n");
    expect(first.published.flatMap(({ type, content }) => (type === "stream" ? [content.text] : []))).toEqual(["late\n"]);
    expect(first.published.find(({ type }) => type === "error")?.content.evalue).toBe("later");
  });

  test("a bundle that JSON cannot carry is shown all the same: big integers as text, circles cut", async () => {
    const run = await kernel.run(
      "const ring: any = { n: 2n ** 70n }; ring.self = ring; display({ 'application/json': ring, 'text/plain': 'ring' }, { raw: true }); 7n",
    );
    expect(run.of("display_data").map(({ data }) => data)).toEqual([
      { "application/json": { n: "1180591620717411303424", self: "[Circular]" }, "text/plain": "ring" },
    ]);
    expect(run.result).toBe("7n");
  });

  test("clear_output and updates of a display are published, fast ones merged, the last one kept", async () => {
    const run = await kernel.run("display.clear(true); for (let i = 0; i < 500; i++) display(i, { id: 'bar' })");
    expect(run.of("clear_output")).toEqual([{ wait: true }]);
    expect(run.of("display_data")[0]).toMatchObject({ transient: { display_id: "bar" }, data: { "text/plain": "0" } });
    const updates = run.of("update_display_data");
    expect(updates.at(-1)?.data["text/plain"]).toBe("499");
    expect(updates.length).toBeLessThan(250);
  });

  test("exit and quit leave a console, unless they are the user's own", async () => {
    expect((await kernel.run("exit")).reply.payload).toEqual([{ source: "ask_exit", keepkernel: false }]);
    expect((await kernel.run("quit()")).reply.payload).toHaveLength(1);
    expect((await kernel.run("const exit = 'mine'")).reply.status).toBe("ok");
    const own = await kernel.run("exit");
    expect([own.result, own.reply.payload]).toEqual(["mine", []]);
  });

  test("process.exit is refused and the state stays", async () => {
    const run = await kernel.run("const precious = 7; process.exit(3)");
    expect(run.error?.evalue).toContain("process.exit(3) is disabled in a notebook");
    expect((await kernel.run("precious")).result).toBe("7");
  });
});

describe("input", () => {
  test("prompt and confirm wait for the front end", async () => {
    const asked: Content[] = [];
    const answers = ["Ada", "", "y"];
    kernel.onInput = (content) => {
      asked.push(content);
      return answers.shift();
    };
    const run = await kernel.run("[prompt('Name?'), prompt('City?', { default: 'Paris', password: true }), confirm('Sure?')].join()", {
      allow_stdin: true,
    });
    expect(run.result).toBe("Ada,Paris,true");
    expect(asked).toEqual([
      { prompt: "Name?", password: false },
      { prompt: "City?", password: true },
      { prompt: "Sure? [y/N] ", password: false },
    ]);
  });

  test("without a person there is an error, and waiting for one can be interrupted", async () => {
    expect((await kernel.run("prompt('Name?')")).error?.evalue).toContain("Nobody can be asked 'Name?' here");
    expect((await kernel.run("prompt('x', { defualt: 1 })", { allow_stdin: true })).error?.evalue).toContain("Did you mean default?");
    let isAsked = (): void => {};
    const wasAsked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    kernel.onInput = () => {
      isAsked();
      return undefined;
    };
    const waiting = kernel.execute("prompt('Anyone?')", { allow_stdin: true });
    await wasAsked;
    await kernel.interrupt();
    expect((await waiting.reply).ename).toBe("KeyboardInterrupt");
    kernel.onInput = () => "back";
    expect((await kernel.run("prompt()", { allow_stdin: true })).result).toBe("back");
  });
});

describe("questions beside cells", () => {
  test.each([
    ["1 + 1", "complete"],
    ["const f = (x: number): number => {", "incomplete"],
    ["const s = `one\ntwo", "incomplete"],
    ["/* not closed", "incomplete"],
    ["foo(1,", "incomplete"],
    ["const f = async <T,>(x: T) =>", "incomplete"],
    ["(x: number) =>\n", "incomplete"],
    ["a?.", "incomplete"],
    ["a b =>", "invalid"],
    ["const = 3", "invalid"],
    ["'not closed", "invalid"],
    ["{ a: 1 }", "complete"],
    ["await x", "complete"],
    ["", "complete"],
  ])("is_complete of %j is %s", async (code, status) => {
    expect((await kernel.ask("is_complete_request", { code })).status).toBe(status);
  });

  test("an unfinished block is indented by its depth", async () => {
    expect(await kernel.ask("is_complete_request", { code: "if (x) {\n  f(() => {" })).toMatchObject({
      status: "incomplete",
      indent: "      ",
    });
  });

  test("they are answered while a cell runs, and so is the heartbeat", async () => {
    const busy = kernel.execute("console.log('there'); while (true) {}");
    await kernel.seen(busy, "stream", "there");
    expect((await kernel.ask("kernel_info_request", {}, "control")).status).toBe("ok");
    expect((await kernel.ask("is_complete_request", { code: "1" })).status).toBe("complete");
    expect((await kernel.ask("comm_info_request")).status).toBe("ok");
    expect((await kernel.ask("history_request", { hist_access_type: "tail", n: 1 })).status).toBe("ok");
    expect((await kernel.ask("connect_request")).shell_port).toBeGreaterThan(0);
    await kernel.heartbeat();
    expect(busy.published.some(({ content }) => content.execution_state === "idle")).toBe(false);
    await kernel.interrupt();
    await busy.idle;
  });

  test.each(["shell", "control"] as const)(
    "every request on %s is answered with a status, between a busy and an idle of its own",
    async (channel) => {
      const contents: Record<string, Content> = {
        kernel_info: {},
        connect: {},
        is_complete: { code: "1" },
        complete: { code: "consol", cursor_pos: 6 },
        inspect: { code: "console", cursor_pos: 3, detail_level: 0 },
        history: { hist_access_type: "tail", n: 1, raw: true, output: false },
        comm_info: {},
        interrupt: {},
        debug: { command: "initialize" },
      };
      for (const [name, content] of Object.entries(contents)) {
        const exchange = kernel.request(`${name}_request`, content, { channel });
        const [reply] = await Promise.all([exchange.reply, exchange.idle]);
        expect(reply.type).toBe(`${name}_reply`);
        expect(reply.status, name).toBe({ debug: "error", is_complete: "complete" }[name] ?? "ok");
        expect(exchange.published.map(({ content: { execution_state: state } }) => state)).toEqual(["busy", "idle"]);
      }
    },
  );

  test("a request nobody knows is answered with an error, a message nobody knows is ignored", async () => {
    expect(await kernel.ask("usage_request")).toMatchObject({ status: "error", evalue: "This kernel does not know 'usage_request'." });
    expect(await kernel.ask("constructor_request")).toMatchObject({ status: "error" });
    kernel.send(kernel.shell, kernel.frames("what_is_this", {}));
    expect((await kernel.run("1")).reply.status).toBe("ok");
  });
});

describe("comms", () => {
  test("both sides open, talk and close; one that nobody takes is closed", async () => {
    await kernel.run(
      "comms.register('echo', (comm, data) => { comm.send({ hello: data }); comm.onMessage((m) => comm.send({ got: m })) })",
    );
    const id = randomUUID();
    kernel.request("comm_open", { comm_id: id, target_name: "echo", data: { n: 1 } });
    expect((await kernel.published("comm_msg")).content).toEqual({ comm_id: id, data: { hello: { n: 1 } } });
    kernel.request("comm_msg", { comm_id: id, data: 5 });
    expect((await kernel.published("comm_msg", 2)).content.data).toEqual({ got: 5 });
    expect((await kernel.ask("comm_info_request", { target_name: "echo" })).comms).toEqual({ [id]: { target_name: "echo" } });
    kernel.request("comm_close", { comm_id: id, data: {} });
    expect((await kernel.ask("comm_info_request", {})).comms).toEqual({});
    const stray = randomUUID();
    kernel.request("comm_open", { comm_id: stray, target_name: "nobody", data: {} });
    expect((await kernel.published("comm_close")).content.comm_id).toBe(stray);
    const run = await kernel.run("const own = comms.open('panel', { a: 1 }); own.close(); own.send(1)");
    expect(run.of("comm_open")[0]).toMatchObject({ target_name: "panel", data: { a: 1 } });
    expect(run.error?.evalue).toBe("The comm of 'panel' has been closed: nothing can be sent.");
  });
});

describe("bad input", () => {
  test("a wrong signature is not executed, a replay neither, garbage is survived, and the log says so", async () => {
    kernel.send(kernel.shell, kernel.frames("execute_request", { code: "globalThis.forged = 1" }, { key: "guess" }));
    const replayed = kernel.frames("execute_request", { code: "globalThis.times = (globalThis.times ?? 0) + 1", store_history: false });
    kernel.send(kernel.shell, replayed);
    kernel.send(kernel.shell, replayed);
    for (const garbage of [[randomBytes(100)], ["<IDS|MSG>"], ["<IDS|MSG>", "", "{", "{", "{", "{"], [Buffer.alloc(0), Buffer.alloc(0)]])
      kernel.send(kernel.shell, garbage);
    for (const channel of [kernel.shell, kernel.control]) kernel.send(channel, [randomBytes(50), randomBytes(50)]);
    expect((await kernel.run("[globalThis.forged, globalThis.times].join('/')")).result).toBe("/1");
    for (const said of [
      "a message on shell was dropped: its signature is wrong",
      "dropped: it was received before",
      "dropped: not a Jupyter message",
    ])
      await expect.poll(() => kernel.log, { timeout: 30_000 }).toContain(said);
  });

  test("contents that make no sense are answered", async () => {
    expect((await kernel.ask("complete_request", { code: 5, cursor_pos: "x" })).status).toBe("ok");
    expect((await kernel.ask("history_request", { hist_access_type: "range", session: "x", start: "y" })).status).toMatch(/ok|error/);
    expect((await kernel.run(`'${"x".repeat(2_000_000)}'.length`)).result).toBe("2000000");
    const lines = Array.from({ length: 2_000 }, (_, i) => `const huge${i} = ${i};`).join("\n");
    expect((await kernel.run(`${lines}\nhuge1999`)).result).toBe("1999");
  });

  /** Code that goes deeper without end: the native parser would overflow the stack of either thread, and take the kernel along. */
  const DEEP: [what: string, nest: (levels: number) => string][] = [
    ["brackets", (levels) => "[".repeat(levels)],
    ["templates", (levels) => "`${".repeat(levels)],
    ["arrows", (levels) => `${"a => ".repeat(levels)}1`],
    ["arrows in lines of their own", (levels) => `${"async a =>\n".repeat(levels)}1`],
    ["statements", (levels) => `${"if (a) for (;;) ".repeat(levels)}1`],
    ["operators in front", (levels) => `${"typeof ! - ".repeat(levels)}1`],
    ["conditions", (levels) => `${"a ? 1 : ".repeat(levels)}1`],
    ["classes", (levels) => `${"class A extends ".repeat(levels)}B {}`],
    ["types", (levels) => `type T = ${"A<".repeat(levels)}a${">".repeat(levels)}`],
    ["labels", (levels) => `${Array.from({ length: levels }, (_, i) => `l${i}: `).join("")}1`],
    ["calls", (levels) => `a${"()".repeat(levels)}`],
    ["sums", (levels) => `${"1 + ".repeat(levels)}1`],
  ];

  test.each(DEEP)("%s without end are an error of the cell, and of no question about it", async (_what, nest) => {
    const code = nest(20_000);
    expect((await kernel.run(code)).error).toMatchObject({ ename: "SyntaxError", evalue: "The code is nested too deeply here." });
    expect((await kernel.ask("is_complete_request", { code })).status).toMatch(/^(complete|incomplete|invalid)$/);
    expect((await kernel.ask("complete_request", { code, cursor_pos: code.length })).status).toBe("ok");
    expect((await kernel.ask("inspect_request", { code, cursor_pos: code.length, detail_level: 0 })).status).toBe("ok");
    expect((await kernel.run("1 + 1")).result).toBe("2");
  });

  test("what people write is not too deep, and thousands of lines of it are not either", async () => {
    const bearable = `${"[".repeat(900)}7${"]".repeat(900)}`;
    expect((await kernel.run(`${bearable}.flat(Infinity)[0]`)).result).toBe("7");
    expect((await kernel.ask("is_complete_request", { code: bearable })).status).toBe("complete");
    expect((await kernel.run(`let f = ${"a => ".repeat(900)}1; typeof f`)).result).toBe("function");
    const lines = Array.from({ length: 1_000 }, (_, i) =>
      [
        `if (${i} < 0) deep = [1, 2].map((x) => x < 1 ? -x : !x)`,
        `else if (typeof deep === "string" && /[({]/.test(\`\${deep} ( [\`)) deep = { a: ${i}, b: Math.max(${i}, -1) << 2 }`,
        `type T${i} = Map<string, Array<Set<number>>> // if (a) for (;;) [`,
      ].join("\n"),
    );
    expect((await kernel.run(`let deep: any = 5\n${lines.join("\n")}\ndeep`)).result).toBe("5");
  });
});

describe("history", () => {
  test("tail, range and search, kept across sessions", async () => {
    const file = join(folderWith({}), "history.sqlite");
    const start = (): Promise<KernelClient> => KernelClient.start({ env: { TESSERLAB__HISTORY: file }, args: ["--lab", LAB] });
    const ask = async (client: KernelClient, content: Content): Promise<unknown[]> =>
      (await client.ask("history_request", { raw: true, output: false, ...content })).history;
    const first = await start();
    for (const code of ["const a = 1", "a + 1", "a + 1", "throw 0"]) await first.run(code);
    expect(await ask(first, { hist_access_type: "tail", n: 2, output: true })).toEqual([
      [1, 3, ["a + 1", "2"]],
      [1, 4, ["throw 0", null]],
    ]);
    await first.run("hidden", { store_history: false });
    expect(await ask(first, { hist_access_type: "range", session: 0, start: 2, stop: 4 })).toEqual([
      [1, 2, "a + 1"],
      [1, 3, "a + 1"],
    ]);
    expect(await first.shutdown()).toBe(0);
    const second = await start();
    await second.run("a");
    expect(await ask(second, { hist_access_type: "tail", n: 2 })).toEqual([
      [1, 4, "throw 0"],
      [2, 1, "a"],
    ]);
    expect(await ask(second, { hist_access_type: "search", pattern: "a*", n: 10 })).toEqual([
      [1, 2, "a + 1"],
      [1, 3, "a + 1"],
      [2, 1, "a"],
    ]);
    expect(await ask(second, { hist_access_type: "search", pattern: "a*", unique: true, n: 1, output: true })).toEqual([
      [2, 1, ["a", null]],
    ]);
    expect(await ask(second, { hist_access_type: "search", pattern: "a + ?", unique: true })).toEqual([[1, 3, "a + 1"]]);
    expect(await ask(second, { hist_access_type: "range", session: -1, start: 4 })).toEqual([[1, 4, "throw 0"]]);
    expect(await second.shutdown()).toBe(0);
  });
});

describe("the process", () => {
  // VS Code knocks at two ports over plain TCP until they open, and ends a kernel from the inside: its processes' processes first.
  test.skipIf(!existsSync(`/proc/${process.pid}/task/${process.pid}/children`))(
    "knocked at over plain TCP it works, and its processes ended one by one leave none",
    async () => {
      const client = await KernelClient.start({ args: ["--lab", LAB], late: true });
      const { shell_port, iopub_port } = await client.ask("connect_request");
      for (let round = 0; round < 10; round++)
        for (const port of [shell_port, iopub_port]) {
          const socket = connect(port, "127.0.0.1");
          await once(socket, "connect");
          socket.destroy();
        }
      await client.subscribe();
      expect((await client.run("6 * 7")).result).toBe("42");
      expect(await client.ask("complete_request", { code: "conso", cursor_pos: 5 })).toMatchObject({ matches: ["console"] });
      const tree = descendants(client.process.pid!);
      expect(tree.length).toBeGreaterThanOrEqual(2); // the kernel, and its language server
      for (const pid of [...tree.reverse(), client.process.pid!])
        try {
          process.kill(pid, "SIGTERM");
        } catch {
          // It went with another.
        }
      await client.exited;
      while (tree.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 5));
      client.close();
    },
  );

  test("a protocol thread that cannot be loaded ends the kernel, which says why every time", () => {
    const folder = folderWith({ "broken.cjs": "if (!require('node:worker_threads').isMainThread) throw new Error('no native part');" });
    for (let round = 0; round < 6; round++) {
      const { status, stderr } = spawnSync(process.execPath, ["--require", join(folder, "broken.cjs"), KERNEL, join(folder, "none.json")], {
        encoding: "utf8",
      });
      expect([status, stderr]).toEqual([1, expect.stringMatching(/^\[tesserlab\] protocol: Error: no native part\n/)]);
    }
  });

  // Where a bind had failed while others were under way, the process aborted more often than not.
  test.each(["shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"])(
    "a %s that is taken, by another kernel or any program, ends it with 2, and it says so in one line",
    async (name) => {
      const listener = createServer().listen(0, "127.0.0.1");
      await once(listener, "listening");
      const taken: number[] = [(await kernel.ask("connect_request"))[name], (listener.address() as AddressInfo).port];
      for (const port of taken)
        for (const bare of [true, false]) {
          const refused = await KernelClient.start({ bare, late: true, connection: { [name]: port } });
          expect(await refused.exited).toBe(2);
          const said =
            `[tesserlab] The kernel cannot listen on tcp://127.0.0.1:${port} (${name}) of its connection file: another program listens there. ` +
            "Start the kernel again, with ports that are free, or end that program.\n";
          await expect.poll(() => refused.log, { timeout: 30_000 }).toBe(said);
          refused.close();
        }
      listener.close();
    },
  );

  test("addresses and ports that are no use end it with 2 and the reason", async () => {
    for (const [connection, reason] of [
      [{ ip: "192.0.2.1" }, "that address is none of this machine's. Start the kernel again, with 127.0.0.1 or an address that is.\n"],
      [{ transport: "pigeon" }, "rotocol not supported.\n"],
      [{ shell_port: 5000, hb_port: 5000 }, "gives the port 5000 twice; each of "],
    ] as const) {
      const refused = await KernelClient.start({ bare: true, late: true, connection });
      expect(await refused.exited).toBe(2);
      await expect.poll(() => refused.log, { timeout: 30_000 }).toContain(reason);
      refused.close();
    }
  });

  test("it ends with 0, again and again, while clients still ask and their hearts beat", async () => {
    for (let round = 0; round < 5; round++) {
      const client = await KernelClient.start({ bare: round % 2 === 0 });
      for (let k = 0; k < 20; k++) client.request("history_request", { hist_access_type: "tail", n: 5, raw: true, output: false });
      void client.heartbeat().catch(() => {}); // it may be gone before it answers
      expect(await client.shutdown()).toBe(0);
    }
  });

  test("shutdown and restart are answered, and end it with 0, also while a cell loops", async () => {
    const restarted = await KernelClient.start();
    expect(await restarted.ask("shutdown_request", { restart: true }, "control")).toMatchObject({ status: "ok", restart: true });
    expect(await restarted.exited).toBe(0);
    const looping = await KernelClient.start();
    looping.execute("while (true) {}");
    await looping.published("execute_input");
    expect(await looping.shutdown()).toBe(0);
    expect(looping.log).toBe("");
  });

  test("timers and clocks that a cell replaces, as test libraries do, or takes away hold up no cell and no interrupt", async () => {
    const fake = await KernelClient.start();
    await fake.run(
      "const later = setTimeout; for (const name of ['setTimeout', 'setImmediate', 'queueMicrotask']) (globalThis as any)[name] = () => ({}); performance.now = () => 0",
    );
    await fake.run("(globalThis as any).clearTimeout = undefined");
    const run = await fake.run(
      "await new Promise((r) => later(r, 5)); process.stdout.write('written', () => console.log(' and told')); 'ended'",
    );
    expect([run.result, run.text()]).toEqual(["ended", "written and told\n"]);
    for (const endless of ["await new Promise(() => {})", "while (true) try { await new Promise((r) => later(r, 5)) } catch {}"]) {
      const cell = fake.execute(`console.log('there'); ${endless}`);
      await fake.seen(cell, "stream", "there");
      await fake.interrupt();
      expect((await cell.reply).ename).toBe("KeyboardInterrupt");
    }
    expect((await fake.run("1 + 1")).result).toBe("2");
    expect(await fake.shutdown()).toBe(0);
  });

  test("what is thrown is known also where a cell has frozen the global object", async () => {
    const frozen = await KernelClient.start();
    await frozen.run("Object.freeze(globalThis); 0");
    expect((await frozen.run("throw new RangeError('seen')")).error).toMatchObject({ ename: "RangeError", evalue: "seen" });
    expect((await frozen.run("const next = 5; next")).result).toBe("5");
    expect(await frozen.shutdown()).toBe(0);
  });

  test("cells sent while the kernel still starts are executed, in order", async () => {
    // The main thread is kept from loading for a while once the protocol thread runs.
    const slow =
      "import { isMainThread } from 'node:worker_threads'; if (isMainThread) setImmediate(() => { const end = Date.now() + 300; while (Date.now() < end); })";
    const early = await KernelClient.start({ nodeArgs: ["--import", `data:text/javascript,${encodeURIComponent(slow)}`] });
    const [first, second] = [early.execute("let n = 1; n"), early.execute("n + 1")];
    expect([(await first!.reply).status, (await second!.reply).status]).toEqual(["ok", "ok"]);
    expect(await early.shutdown()).toBe(0);
  });

  test("CURVE keys in the connection file are used: without them nobody gets in", async () => {
    const server = curveKeyPair();
    const client = curveKeyPair();
    const secure = await KernelClient.start({
      curve: { ...client, serverKey: server.publicKey },
      connection: { curve_publickey: server.publicKey, curve_secretkey: server.secretKey },
    });
    expect((await secure.run("'safe'")).result).toBe("safe");
    expect(await secure.shutdown()).toBe(0);
  });
});

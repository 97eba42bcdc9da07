import { createHmac, randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Dealer, Subscriber } from "zeromq";
import { type Content, KernelClient } from "./kernel-client.js";

// What no front end should send, and some do. The kernel answers or ignores it as the protocol says, and goes on.

let kernel: KernelClient;
let ports: Content;
beforeAll(async () => {
  kernel = await KernelClient.start({ env: { TESSERLAB__TYPES: "off" } });
  ports = await kernel.ask("connect_request");
});
afterAll(() => kernel.close());

async function works(): Promise<void> {
  expect((await kernel.run("1 + 1")).result).toBe("2");
}

/** Values of every type; an object that has no text; what lies too deep to be copied. */
const ODD: readonly unknown[] = [null, -1, 1.5, 1e308, true, "", "\u0000 💥", [], [[1]], {}, { toString: 5 }, "<deep>"];
const DEEP = `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`;

/** The frames of a request, with "<deep>" as an object of 20,000 levels, which `JSON.stringify` cannot write. */
function framesOf(type: string, content: Content, id: string): (Buffer | string)[] {
  const [delimiter, , ...parts] = kernel.frames(type, content, { id });
  const texts = parts.map((part) => part.toString().replace('"<deep>"', () => DEEP));
  const hmac = createHmac("sha256", kernel.key);
  for (const text of texts) hmac.update(text);
  return [delimiter!, hmac.digest("hex"), ...texts];
}

const REQUESTS: readonly (readonly [type: string, content: Content])[] = [
  ["execute_request", { code: "1", silent: false, store_history: true, user_expressions: {}, allow_stdin: false, stop_on_error: false }],
  ["complete_request", { code: "conso", cursor_pos: 5 }],
  ["inspect_request", { code: "console", cursor_pos: 3, detail_level: 0 }],
  ["is_complete_request", { code: "1" }],
  ["history_request", { hist_access_type: "tail", n: 3, raw: true, output: false }],
  ["history_request", { hist_access_type: "range", session: 0, start: 1, stop: 3, raw: true, output: false }],
  ["history_request", { hist_access_type: "search", n: 3, pattern: "*", unique: false, raw: true, output: false }],
  ["comm_info_request", { target_name: "t" }],
  ["kernel_info_request", { any: 1 }],
  ["interrupt_request", { any: 1 }],
  ["toString_request", { any: 1 }],
  ["__proto___request", { any: 1 }],
];

test.each(REQUESTS)("%s is answered, whatever its fields hold: %o", async (type, content) => {
  for (const field of Object.keys(content))
    for (const value of ODD) {
      const asked = kernel.expect(randomUUID());
      kernel.send(kernel.shell, framesOf(type, { ...content, [field]: value }, asked.id));
      expect((await asked.reply).status).toMatch(/^(ok|error|complete|incomplete|invalid)$/);
      await asked.idle;
    }
  await works();
});

test("code that is no text is an error of its cell, expressions that are none are left out", async () => {
  const run = await kernel.run({ toString: 5 } as unknown as string);
  expect(run.error).toMatchObject({ ename: "TypeError", evalue: "The code of a cell must be text; this request has an object there." });
  expect(run.reply).toMatchObject({ status: "error", ename: "TypeError" });
  const { reply } = await kernel.run("3", { user_expressions: { a: "1 + 1", b: 7, c: { toString: 5 } } });
  expect(reply.user_expressions).toEqual({ a: expect.objectContaining({ data: { "text/plain": "2" } }) });
  expect((await kernel.run("4", { user_expressions: "abc" })).reply.user_expressions).toEqual({});
});

test("messages that nobody answers, whatever their fields hold, are no end of their channel", async () => {
  for (const [type, content] of [
    ["comm_open", { comm_id: "a", target_name: "t", data: {} }],
    ["comm_msg", { comm_id: "a", data: {} }],
    ["comm_close", { comm_id: "a", data: {} }],
    ["input_reply", { value: "x", status: "ok" }],
    ["nonsense", { any: 1 }],
  ] as const)
    for (const field of Object.keys(content))
      for (const value of ODD) kernel.send(kernel.shell, framesOf(type, { ...content, [field]: value }, randomUUID()));
  await works();
});

test("headers, parents, metadata and contents that are none", async () => {
  const header = JSON.stringify({ msg_id: "h", msg_type: "execute_request", session: "s", username: "u", version: "5.4" });
  const parts = [header, "{}", "{}", '{"code":"globalThis.odd = 1"}'];
  const wrong = [
    "null",
    "0",
    '"x"',
    "[]",
    "",
    "{",
    "\u0000",
    "[".repeat(50_000),
    DEEP,
    '{"msg_id":5,"msg_type":6}',
    '{"msg_id":"","msg_type":""}',
  ];
  for (const text of wrong)
    for (let at = 0; at < parts.length; at++) {
      const sent = parts.map((part, i) => (i === at ? text : part));
      const hmac = createHmac("sha256", kernel.key);
      for (const part of sent) hmac.update(part);
      kernel.send(kernel.shell, ["<IDS|MSG>", hmac.digest("hex"), ...sent, Buffer.alloc(0), Buffer.alloc(100_000)]);
    }
  await works();
});

test("a client that comes back under its name while its old connection seems to live is answered", async () => {
  const routingId = randomUUID();
  const options = { routingId, linger: 0 };
  const address = `tcp://127.0.0.1:${ports.shell_port}`;
  const old = new Dealer(options);
  old.connect(address);
  await old.send(kernel.frames("kernel_info_request", {}));
  await old.receive();
  const back = new Dealer(options);
  back.connect(address);
  await back.send(kernel.frames("kernel_info_request", {}));
  expect((await back.receive()).some((frame) => frame.toString().includes("kernel_info_reply"))).toBe(true);
  old.close();
  back.close();
  await works();
});

test("fifty clients at once, half of them gone before their answer, and a subscriber that never reads", async () => {
  const stuck = new Subscriber({ receiveHighWaterMark: 1, linger: 0 });
  stuck.connect(`tcp://127.0.0.1:${ports.iopub_port}`);
  stuck.subscribe();
  const clients = Array.from({ length: 50 }, () => new Dealer({ linger: 0 }));
  await Promise.all(
    clients.map(async (client, i) => {
      client.connect(`tcp://127.0.0.1:${i % 3 === 0 ? ports.control_port : ports.shell_port}`);
      await client.send(kernel.frames("kernel_info_request", {}));
      if (i % 2 === 0) expect((await client.receive()).length).toBeGreaterThan(5);
      client.close();
    }),
  );
  const lines = await kernel.run("for (let i = 0; i < 20_000; i++) console.log('line', i)");
  expect(lines.text().split("\n").length).toBe(20_001);
  stuck.close();
  await works();
});

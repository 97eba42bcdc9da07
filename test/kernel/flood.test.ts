import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Content, KernelClient, type Received } from "./kernel-client.js";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start();
});
afterAll(() => kernel.close());

/** What a stock notebook server lets through: messages in any three seconds, and bytes of stream text. */
function passesServer(published: readonly Received[]): boolean {
  const counted = published.filter(({ type }) => !["status", "execute_input", "comm_open"].includes(type));
  return counted.every(({ at }) => {
    const window = counted.filter((other) => other.at <= at && other.at > at - 3000);
    const bytes = window.reduce((sum, { type, content }) => sum + (type === "stream" ? Buffer.byteLength(JSON.stringify(content)) : 0), 0);
    return window.length < 3000 && bytes < 3_000_000;
  });
}

const fileIn = (text: string): string => /goes on in (\S+)\]/.exec(text)?.[1] ?? "";

describe("much output", () => {
  test("20,000 lines arrive complete, in order, before idle, in few messages", async () => {
    const run = await kernel.run("for (let i = 0; i < 20000; i++) console.log('line', i)");
    expect(run.text()).toBe(Array.from({ length: 20_000 }, (_, i) => `line ${i}\n`).join(""));
    expect(run.of("stream").length).toBeLessThanOrEqual(100);
    expect(run.published.at(-1)?.content.execution_state).toBe("idle");
  });

  test("stdout and stderr keep their order", async () => {
    const run = await kernel.run("for (let i = 0; i < 200; i++) (i % 2 ? console.error : console.log)(i)");
    expect(
      run
        .of("stream")
        .map(({ text }: Content) => text)
        .join(""),
    ).toBe(Array.from({ length: 200 }, (_, i) => `${i}\n`).join(""));
  });

  test("10 MB and then a throw: the error is seen, and nothing is lost", async () => {
    const run = await kernel.run("for (let i = 0; i < 100000; i++) console.log(String(i).padStart(99)); throw new Error('seen')");
    expect(passesServer(run.published)).toBe(true);
    expect(run.error?.evalue).toBe("seen");
    expect(run.text().length).toBeGreaterThan(1_000_000);
    expect(run.text("stderr")).toMatch(/lines, [\d.]+ MB of output are in/);
    expect(run.text() + readFileSync(fileIn(run.text("stderr")), "utf8")).toBe(
      Array.from({ length: 100_000 }, (_, i) => `${String(i).padStart(99)}\n`).join(""),
    );
  });

  test("5,000 displays and then a result: the result is seen", async () => {
    const run = await kernel.run("for (let i = 0; i < 5000; i++) display(i); 'result'");
    expect(passesServer(run.published)).toBe(true);
    expect(run.result).toBe("result");
    const shown = run.of("display_data").map(({ data }) => data["text/plain"]);
    const rest = readFileSync(fileIn(run.text("stderr")), "utf8")
      .trimEnd()
      .split("\n");
    expect([...shown, ...rest]).toEqual(Array.from({ length: 5000 }, (_, i) => String(i)));
  });

  test("one huge print, and special characters, stay within bounds", async () => {
    const run = await kernel.run("console.log('\\u0000\\n'.repeat(3e6)); console.log('after'); 1");
    expect(passesServer(run.published)).toBe(true);
    expect(run.result).toBe("1");
    expect(readFileSync(fileIn(run.text("stderr")), "utf8").endsWith("after\n")).toBe(true);
  });

  test("where the rest can go into no file the cell says so, and goes on", async () => {
    const temporary = mkdtempSync(join(tmpdir(), "tesserlab-flood-"));
    const homeless = await KernelClient.start({ env: { TMPDIR: temporary } });
    await homeless.run("1 + 1");
    const flood = "for (let i = 0; i < 100_000; i++) console.log(i, 'x'.repeat(50))";
    rmSync(temporary, { recursive: true });
    const lost = await homeless.run(`${flood}; 'result'`);
    expect(lost.result).toBe("result");
    expect(lost.text("stderr")).toMatch(/the rest is lost, because ENOENT.* of output are lost, because .*ENOENT/s);
    mkdirSync(temporary);
    const first = await homeless.run(flood);
    rmSync(dirname(fileIn(first.text("stderr"))), { recursive: true });
    const kept = await homeless.run(flood);
    expect(readFileSync(fileIn(kept.text("stderr")), "utf8")).toMatch(/\n99999 x+\n$/);
    expect(await homeless.shutdown()).toBe(0);
  });

  test("100 MB of output make the kernel grow by at most 100 MB", async () => {
    // One of its own: the peak of this one is that of the cells before.
    const fresh = await KernelClient.start();
    const measured = async (what: string): Promise<number> => Number((await fresh.run(what)).result);
    await fresh.run("const line = 'x'.repeat(999); for (let i = 0; i < 20_000; i++) console.log(i)");
    const before = await measured("process.memoryUsage.rss()");
    await fresh.run("for (let i = 0; i < 100_000; i++) console.log(line)");
    expect((await measured("process.resourceUsage().maxRSS * 1024")) - before).toBeLessThan(100e6);
    fresh.close();
  });

  test("a child process that floods is held within bounds too", async () => {
    const run = await kernel.run("(await import('node:child_process')).execSync('yes | head -c 8000000', { stdio: 'inherit' }); 'done'");
    expect(passesServer(run.published)).toBe(true);
    expect(run.result).toBe("done");
    expect(run.text().length + readFileSync(fileIn(run.text("stderr")), "utf8").length).toBe(8_000_000);
  });
});

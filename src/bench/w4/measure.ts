import { spawn } from "node:child_process";
import { loadavg } from "node:os";
import { LabError } from "../../errors/index.js";
import { median, quantile } from "../stats.js";
import { type Exchange, KernelClient, type KernelCommand, within } from "./kernel-client.js";
import { residentMb } from "./memory.js";

/** A kernel and how its language says what W4 asks for. */
export interface KernelProgram {
  readonly name: string;
  readonly command: KernelCommand;
  /** Starts the runtime with nothing to do: the least that a kernel on it can take. */
  readonly empty: readonly string[];
  /** Declares what `loop` adds to, in a cell of its own. */
  readonly beforeLoop: string;
  /** Adds 10,000,000 numbers up in a variable of an earlier cell, then in a script of its own; prints both times in ms as JSON. `round` makes names new. */
  readonly loop: (round: number) => string;
  /** Prints 20,000 numbered lines in one cell. */
  readonly lines: string;
  /** Code with the cursor at its end: completed right after the start, then again and again with another number. */
  readonly complete: (round: number) => string;
  /** Cells that run until they are stopped, taken in turn. */
  readonly endless: readonly string[];
  /** How the front end stops a cell. */
  readonly interrupt: "message" | "signal";
  /** How long after `busy`, and after an interrupt, a kernel has to be left alone; nothing for most. */
  readonly settleMs?: number;
}

/** What W4 measured of one kernel. Times in milliseconds, memory in MB. */
export interface KernelFigures {
  /** What it calls itself, with its version. */
  readonly version: string;
  readonly readyMs: number;
  /** The floor of `readyMs`: an empty program of the same runtime from spawn to exit, measured between the starts. */
  readonly emptyMs: number;
  readonly firstCellMs: number;
  readonly laterCellMs: number;
  readonly firstCompletionMs: number;
  readonly laterCompletionMs: number;
  /** From asking for it until the stopped cell is idle; `stopped` counts the cells that ended within 5 s and let `1+1` answer after them. */
  readonly interrupt: { readonly medianMs: number | null; readonly p99Ms: number | null; readonly stopped: number; readonly asked: number };
  /** 20,000 lines: time to idle, lines that had arrived by then, and messages they came in. `null` when the kernel was not idle within 15 s. */
  readonly printing: { readonly ms: number | null; readonly lines: number; readonly messages: number };
  /** A loop of 10,000,000 steps over a variable of an earlier cell, and over one of a script that the kernel's runtime compiles as a whole: the shortest of three. */
  readonly loop: { readonly cellMs: number | null; readonly scriptMs: number | null };
  readonly idleMb: number;
  readonly languageServerMb: number;
  /** The machine's load average of a minute once all that was measured: above the number of processors, times are too long. */
  readonly load: number;
}

export interface MeasureOptions {
  readonly starts: number;
  readonly interrupts: number;
}

const LIMIT_MS = 60_000;
/** Long enough for 20,000 lines on a busy machine; one kernel never ends that cell. */
const PRINTING_MS = 15_000;
const LOOPS = 3;

/** Starts a kernel again and again, and once more to work with it. @throws LabError `BENCH_KERNEL` when it does not answer within a minute. */
export async function measureKernel(program: KernelProgram, { starts, interrupts }: MeasureOptions): Promise<KernelFigures> {
  const ready: number[] = [];
  const empty: number[] = [];
  const firstCell: number[] = [];
  const firstCompletion: number[] = [];
  for (let k = 0; k < starts; k++) {
    empty.push(await emptyMs(program.empty));
    const { client, readyMs } = await startReady(program);
    try {
      ready.push(readyMs);
      // A start serves one first time only.
      if (k % 2 === 0) {
        await client.subscribed();
        firstCell.push(await cellMs(client, "1+1"));
      } else firstCompletion.push(await completionMs(client, program.complete(0)));
    } finally {
      await client.stop();
    }
  }
  const { client } = await startReady(program);
  try {
    await client.subscribed();
    await completionMs(client, program.complete(0));
    const memory = await settledMb(client);
    const cells: number[] = [];
    for (let k = 0; k < 100; k++) cells.push(await cellMs(client, "1+1"));
    const loop = await looped(client, program);
    const completions: number[] = [];
    for (let k = 1; k <= 30; k++) completions.push(await completionMs(client, program.complete(k)));
    return {
      version: await versionOf(client),
      readyMs: median(ready),
      emptyMs: median(empty),
      loop,
      firstCellMs: median(firstCell),
      laterCellMs: median(cells.slice(50)),
      firstCompletionMs: median(firstCompletion),
      laterCompletionMs: median(completions),
      ...memory,
      // tslab never ends this cell, so the interrupts have a kernel of their own.
      interrupt: await interrupted(program, interrupts),
      printing: await printing(client, program.lines),
      load: loadavg()[0]!,
    };
  } finally {
    await client.stop();
  }
}

async function startReady(program: KernelProgram): Promise<{ client: KernelClient; readyMs: number }> {
  const client = await KernelClient.start(program.command);
  const answer = client.request("kernel_info_request");
  if (!(await within(answer.reply, LIMIT_MS))) {
    await client.stop();
    throw new LabError(
      "BENCH_KERNEL",
      `W4: ${program.name} did not answer within ${LIMIT_MS / 1000} s. Run it by hand: ${program.command.argv.join(" ")}`,
    );
  }
  return { client, readyMs: (await answer.reply).at - client.spawnedAt };
}

/** From spawn to exit. */
function emptyMs([program, ...args]: readonly string[]): Promise<number> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(program!, args, { stdio: "ignore" });
    child.on("error", reject);
    child.on("exit", () => resolve(performance.now() - start));
  });
}

async function versionOf(client: KernelClient): Promise<string> {
  const { content } = await client.request("kernel_info_request").reply;
  return `${content.implementation} ${content.implementation_version}`;
}

/** The shortest times of some rounds; `null` for what a kernel would not print. */
async function looped(client: KernelClient, { beforeLoop, loop }: KernelProgram): Promise<KernelFigures["loop"]> {
  await client.execute(beforeLoop).reply;
  const best = { cellMs: Number.POSITIVE_INFINITY, scriptMs: Number.POSITIVE_INFINITY };
  for (let round = 0; round < LOOPS; round++) {
    const cell = client.execute(loop(round));
    if (!(await within(cell.idle, LIMIT_MS))) break;
    const printed = cell.published.map(({ content }) => content.text ?? "").join("");
    const [, cellMs, scriptMs] = /\[([\d.]+), ?([\d.]+)\]/.exec(printed) ?? [];
    if (cellMs !== undefined) best.cellMs = Math.min(best.cellMs, Number(cellMs));
    if (scriptMs !== undefined) best.scriptMs = Math.min(best.scriptMs, Number(scriptMs));
  }
  const known = (ms: number): number | null => (Number.isFinite(ms) ? ms : null);
  return { cellMs: known(best.cellMs), scriptMs: known(best.scriptMs) };
}

/** From sending a cell until both its reply and `idle` are back. */
async function cellMs(client: KernelClient, code: string): Promise<number> {
  const cell = client.execute(code);
  const [reply, idle] = await Promise.all([cell.reply, cell.idle]);
  if (reply.content.status !== "ok")
    throw new LabError("BENCH_KERNEL", `W4: ${JSON.stringify(code)} ended with ${JSON.stringify(reply.content)}.`);
  return Math.max(reply.at, idle.at) - cell.sentAt;
}

async function completionMs(client: KernelClient, code: string): Promise<number> {
  const question = client.request("complete_request", { code, cursor_pos: [...code].length });
  const reply = await question.reply;
  const matches = reply.content.matches as readonly string[] | undefined;
  if (matches === undefined || matches.length === 0) throw new LabError("BENCH_KERNEL", `W4: no completion of ${JSON.stringify(code)}.`);
  return reply.at - question.sentAt;
}

/** Resident memory once the kernel rests: read a second after the last answer. */
async function settledMb(client: KernelClient): Promise<{ idleMb: number; languageServerMb: number }> {
  await pause(1_000);
  return residentMb(client.child.pid!);
}

async function printing(client: KernelClient, code: string): Promise<KernelFigures["printing"]> {
  const cell = client.execute(code);
  const ended = await within(cell.idle, PRINTING_MS);
  const streams = cell.published.filter(({ type }) => type === "stream");
  const lines = streams.reduce((count, { content }) => count + (content.text as string).split("\n").length - 1, 0);
  return { ms: ended ? (await cell.idle).at - cell.sentAt : null, lines, messages: streams.length };
}

/** Interrupts endless cells after 5 to 50 ms, and checks after each that the kernel still works. */
async function interrupted(program: KernelProgram, moments: number): Promise<KernelFigures["interrupt"]> {
  const { client } = await startReady(program);
  const times: number[] = [];
  try {
    await client.subscribed();
    for (let k = 0; k < moments; k++) {
      const cell = client.execute(program.endless[k % program.endless.length]!);
      await running(cell);
      await pause((program.settleMs ?? 5) + 45 * Math.random());
      const asked = performance.now();
      if (program.interrupt === "message") client.request("interrupt_request", {}, "control");
      else client.child.kill("SIGINT");
      if (!(await within(cell.idle, 5_000))) break;
      times.push((await cell.idle).at - asked);
      await pause(program.settleMs ?? 0);
      if (!(await within(client.execute("1+1").idle, 5_000))) break;
    }
  } finally {
    await client.stop();
  }
  const none = times.length === 0;
  return { medianMs: none ? null : median(times), p99Ms: none ? null : quantile(times, 0.99), stopped: times.length, asked: moments };
}

/** Waits for the cell's first message, `busy`: an interrupt before that would reach no cell. */
async function running(cell: Exchange): Promise<void> {
  while (cell.published.length === 0) await pause(1);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installKernel } from "../../kernel/index.js";
import { type KernelFigures, type KernelProgram, measureKernel } from "./measure.js";
import { installedPrograms, tesserlab } from "./programs.js";

/** Figures by kernel, or why there are none. */
export type W4Result = Readonly<Record<string, KernelFigures | { readonly failed: string }>>;

export interface W4Options {
  /** Starts per kernel; the median counts. */
  readonly starts?: number;
  /** Interrupts of our kernel; the others, measured for comparison, get a tenth. */
  readonly interrupts?: number;
}

/**
 * W4: start, first and later cells, completion, interrupts at random moments, 20,000 printed lines and memory, of what our kernelspec starts, of the
 * kernel without its supervisor, and of tslab and IPython where they are installed.
 * @throws LabError `BENCH_KERNEL` when our own kernel fails.
 */
export async function runW4({ starts = 7, interrupts = 200 }: W4Options = {}): Promise<W4Result> {
  const prefix = await mkdtemp(join(tmpdir(), "tesserlab-w4-"));
  try {
    const { kernelspec } = await installKernel({ prefix });
    const { argv } = JSON.parse(await readFile(join(kernelspec, "kernel.json"), "utf8")) as { argv: string[] };
    // The supervisor starts the program beside it with the same arguments.
    const bare = argv.map((word) => word.replace(/supervisor(?=[\\/]main\.js$)/, "server"));
    const ours = [tesserlab("tesserlab", { argv }), tesserlab("tesserlab bare", { argv: bare })];
    const result: Record<string, KernelFigures | { failed: string }> = {};
    for (const program of ours) result[program.name] = await measureKernel(program, { starts, interrupts });
    for (const program of await installedPrograms())
      result[program.name] = await measureOther(program, { starts, interrupts: Math.ceil(interrupts / 10) });
    return result;
  } finally {
    await rm(prefix, { recursive: true, force: true });
  }
}

/** Another project's kernel that fails does not end our bench. */
async function measureOther(program: KernelProgram, options: Required<W4Options>): Promise<KernelFigures | { failed: string }> {
  try {
    return await measureKernel(program, options);
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) };
  }
}

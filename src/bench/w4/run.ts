import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installKernel } from "../../kernel/index.js";
import { type KernelFigures, type KernelProgram, type MeasureOptions, measureKernel } from "./measure.js";
import { installedPrograms, tesserlab } from "./programs.js";

/** Figures by kernel, or why there are none. */
export type W4Result = Readonly<Record<string, KernelFigures | { readonly failed: string }>>;

export interface W4Options {
  /** Starts of our kernel; the median counts. The others, measured for comparison, get half as many. */
  readonly starts?: number;
  /** Interrupts of our kernel; the others get a tenth. */
  readonly interrupts?: number;
  /** Whether to measure the kernels of others too, where they are installed; yes unless told. */
  readonly others?: boolean;
}

/** Measures our kernel and the others, one after the other. @throws LabError `BENCH_KERNEL` when our own kernel fails. */
export async function measureKernels({ starts = 7, interrupts = 200, others = true }: W4Options): Promise<W4Result> {
  const prefix = await mkdtemp(join(tmpdir(), "tesserlab-w4-"));
  try {
    const { kernelspec } = await installKernel({ prefix });
    const { argv } = JSON.parse(await readFile(join(kernelspec, "kernel.json"), "utf8")) as { argv: string[] };
    // What the supervisor is called with is the kernel's own command.
    const bare = argv.slice(argv.indexOf(process.execPath));
    const ours = [tesserlab("tesserlab", { argv }), tesserlab("tesserlab bare", { argv: bare })];
    const result: Record<string, KernelFigures | { failed: string }> = {};
    for (const program of ours) result[program.name] = await measureKernel(program, { starts, interrupts });
    for (const program of others ? await installedPrograms() : [])
      result[program.name] = await measureOther(program, {
        starts: Math.max(2, Math.ceil(starts / 2)),
        interrupts: Math.ceil(interrupts / 10),
      });
    return result;
  } finally {
    await rm(prefix, { recursive: true, force: true });
  }
}

/** Another project's kernel that fails does not end our bench. */
async function measureOther(program: KernelProgram, options: MeasureOptions): Promise<KernelFigures | { failed: string }> {
  try {
    return await measureKernel(program, options);
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) };
  }
}

import type { W4Options, W4Result } from "./w4/run.js";

/**
 * W4: start, first and later cells, completion, interrupts at random moments, 20,000 printed lines and memory, of what our kernelspec starts, of the
 * kernel without its supervisor, and of tslab and IPython where they are installed. Its sockets are loaded for it alone.
 * @throws LabError `BENCH_KERNEL` when our own kernel fails.
 */
export async function runW4(options: W4Options = {}): Promise<W4Result> {
  const { measureKernels } = await import("./w4/run.js");
  return measureKernels(options);
}

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { promisify } from "node:util";
import type { KernelCommand } from "./kernel-client.js";
import type { KernelProgram } from "./measure.js";

const TYPESCRIPT = {
  lines: 'for (let i = 0; i < 20_000; i++) console.log("line", i)',
  complete: (round: number) => `const number${round} = ${round}; console.lo`,
};

/** Our kernel: a loop, a loop with awaits between its parts, and a plain await, so that a random moment may be any of them. */
export function tesserlab(name: string, command: KernelCommand): KernelProgram {
  const busy = "for (let end = performance.now() + 10; performance.now() < end; );";
  return {
    name,
    command,
    ...TYPESCRIPT,
    endless: ["for (;;);", `for (;;) { ${busy} await new Promise((resolve) => setTimeout(resolve, 5)); }`, "await new Promise(() => {})"],
    interrupt: "message",
  };
}

/** The kernels of others that are installed here: tslab beside us, IPython in a Python that has it (`TESSERLAB__PYTHON`, else reports/venv). */
export async function installedPrograms(): Promise<readonly KernelProgram[]> {
  return [...tslab(), ...(await ipython())];
}

function tslab(): KernelProgram[] {
  try {
    const script = createRequire(import.meta.url).resolve("tslab/bin/tslab");
    const argv = [process.execPath, script, "kernel", "--config-path", "{connection_file}"];
    // It stops in a plain loop only, dies of a signal that comes before the loop runs, and answers nothing for 200 ms after an error.
    return [{ name: "tslab", command: { argv }, ...TYPESCRIPT, endless: ["for (;;);"], interrupt: "signal", settleMs: 250 }];
  } catch {
    return [];
  }
}

async function ipython(): Promise<KernelProgram[]> {
  const python = process.env.TESSERLAB__PYTHON ?? resolve("reports/venv/bin/python");
  if (!existsSync(python)) return [];
  try {
    await promisify(execFile)(python, ["-c", "import ipykernel"]);
  } catch {
    return [];
  }
  return [
    {
      name: "IPython",
      command: { argv: [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"] },
      lines: "for i in range(20_000): print('line', i)",
      complete: (round) => `number${round} = ${round}; pri`,
      endless: ["while True: pass"],
      interrupt: "signal",
    },
  ];
}

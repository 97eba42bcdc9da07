import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { promisify } from "node:util";
import type { KernelCommand } from "./kernel-client.js";
import type { KernelProgram } from "./measure.js";

const STEPS = 10_000_000;

const TYPESCRIPT = {
  beforeLoop: 'import { runInThisContext } from "node:vm";\nlet total = 0;',
  loop: (round: number) =>
    `let began${round} = Date.now(); for (let i = 0; i < ${STEPS}; i++) total += i; const cell${round} = Date.now() - began${round};
began${round} = Date.now(); runInThisContext("let sum${round} = 0; for (let i = 0; i < ${STEPS}; i++) sum${round} += i;");
console.log(JSON.stringify([cell${round}, Date.now() - began${round}]));`,
  lines: 'for (let i = 0; i < 20_000; i++) console.log("line", i)',
  complete: (round: number) => `const number${round} = ${round}; console.lo`,
};

/** Our kernel: a loop, a loop with awaits between its parts, and a plain await, so that a random moment may be any of them. */
export function tesserlab(name: string, command: KernelCommand): KernelProgram {
  const busy = "for (let end = performance.now() + 10; performance.now() < end; );";
  return {
    name,
    command,
    empty: [process.execPath, "-e", "0"],
    ...TYPESCRIPT,
    endless: ["for (;;);", `for (;;) { ${busy} await new Promise((resolve) => setTimeout(resolve, 5)); }`, "await new Promise(() => {})"],
    interrupt: "message",
  };
}

/**
 * The kernels of others that are installed here: tslab beside us, Deno's (`TESSERLAB__DENO`, else on the path), and IPython in a Python that
 * has it (`TESSERLAB__PYTHON`, else reports/venv).
 */
export async function installedPrograms(): Promise<readonly KernelProgram[]> {
  return [...tslab(), ...(await deno()), ...(await ipython())];
}

async function deno(): Promise<KernelProgram[]> {
  const program = process.env.TESSERLAB__DENO ?? "deno";
  try {
    await promisify(execFile)(program, ["--version"]);
  } catch {
    return [];
  }
  return [
    {
      name: "Deno",
      command: { argv: [program, "jupyter", "--kernel", "--conn", "{connection_file}"] },
      empty: [program, "eval", "0"],
      ...TYPESCRIPT,
      endless: ["for (;;);"],
      // Its kernelspec asks for no messages: a front end sends the signal, and it dies of it.
      interrupt: "signal",
    },
  ];
}

function tslab(): KernelProgram[] {
  try {
    const script = createRequire(import.meta.url).resolve("tslab/bin/tslab");
    const argv = [process.execPath, script, "kernel", "--config-path", "{connection_file}"];
    // It stops in a plain loop only, dies of a signal that comes before the loop runs, and answers nothing for 200 ms after an error.
    const empty = [process.execPath, "-e", "0"];
    return [{ name: "tslab", command: { argv }, empty, ...TYPESCRIPT, endless: ["for (;;);"], interrupt: "signal", settleMs: 250 }];
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
      empty: [python, "-c", "0"],
      beforeLoop: "import time; total = 0",
      loop: () =>
        [
          "began = time.time()",
          `for i in range(${STEPS}): total += i`,
          "cell = time.time() - began; began = time.time()",
          `exec("total = 0\\nfor i in range(${STEPS}): total += i", {})`,
          "print([round(1000 * cell), round(1000 * (time.time() - began))])",
        ].join("\n"),
      lines: "for i in range(20_000): print('line', i)",
      complete: (round) => `number${round} = ${round}; pri`,
      endless: ["while True: pass"],
      interrupt: "signal",
    },
  ];
}

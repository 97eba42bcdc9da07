import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Check, InstalledKernel, missingPython, ROOT, runPython, titled } from "./kernel.js";

const NOTEBOOKS = readdirSync(join(ROOT, "notebooks")).filter((name) => name.endsWith(".ipynb") && !name.includes(".executed."));

/** Python programs, what they import, and every check they must report. */
const PROGRAMS = [
  {
    title: "jupyter_kernel_test",
    script: "conformance.py",
    modules: ["jupyter_kernel_test"],
    args: [],
    checks: [
      "test_kernel_info",
      "test_execute_stdout",
      "test_execute_stderr",
      "test_execute_result",
      "test_error",
      "test_display_data",
      "test_clear_output",
      "test_completion",
      "test_inspect",
      "test_is_complete",
      "test_history",
      "test_pager",
      "test_recv_iopub_welcome_msg",
    ],
  },
  {
    title: "nbclient",
    script: "notebooks.py",
    modules: ["nbclient", "nbformat"],
    args: NOTEBOOKS.map((name) => join(ROOT, "notebooks", name)),
    checks: [
      "100 cells, nothing lost",
      "20,000 lines",
      "an error stops the run",
      "allowed errors skip nothing",
      ...NOTEBOOKS.map((name) => `notebook ${name}`),
    ],
  },
  {
    title: "jupyter_client",
    script: "client.py",
    modules: ["jupyter_client"],
    args: [],
    checks: [
      "interrupts",
      "ten interrupts",
      "signal",
      "queue after an error",
      "completion while busy",
      "stdin",
      "late output",
      "execute options and offsets",
      "restart",
      "shutdown",
      "shutdown of a busy kernel",
      "killed from outside",
      "encryption",
      "foreign writes",
      "process.exit",
      "out of memory",
      "killed by a signal",
    ],
  },
  {
    title: "jupyter console",
    script: "console.py",
    modules: ["jupyter_console", "pexpect"],
    args: [],
    checks: ["cells", "incomplete input", "exit"],
  },
];

describe.each(PROGRAMS)("$title", ({ title, script, modules, args, checks }) => {
  const missing = missingPython(...modules);
  let kernel: InstalledKernel | undefined;
  let reported: Map<string, Check>;

  beforeAll(async () => {
    if (missing !== undefined) return;
    kernel = await InstalledKernel.install();
    reported = await runPython(kernel, script, args);
    // These are other people's programs on a machine that may be busy: what fails once is said, and counts if it fails twice.
    const failed = [...reported.values()].filter(({ ok }) => !ok);
    if (failed.length > 0) {
      console.warn(`${title}: once more after ${failed.map(({ name, message }) => `${name}: ${message ?? ""}`).join("\n")}`);
      reported = await runPython(kernel, script, args);
    }
    for (const [name, { ok: _, name: __, message: ___, ...figures }] of reported)
      if (Object.keys(figures).length > 1) console.log(`${title}, ${name}: ${JSON.stringify(figures)}`);
  });
  afterAll(() => kernel?.remove());

  for (const name of checks)
    test.skipIf(missing !== undefined)(titled(name, missing), () => {
      const check = reported.get(name);
      expect(check, `${script} did not report '${name}', only ${[...reported.keys()].join(", ")}`).toBeDefined();
      expect(check!.ok, check!.message ?? "").toBe(true);
    });

  test.skipIf(missing !== undefined)(titled("reports nothing else", missing), () => {
    expect([...reported.keys()].filter((name) => !checks.includes(name))).toEqual([]);
  });
});

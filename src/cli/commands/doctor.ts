import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { findKernelspecs, KERNEL_NAME } from "../../kernel/index.js";
import type { Command } from "../command.js";
import { PACKAGE_ROOT, shown } from "../paths.js";

/** What was found out about one thing. */
interface Finding {
  readonly name: string;
  /** Found, missing but needed, or missing and needed for some things only. */
  readonly state: "ok" | "missing" | "optional";
  readonly detail: string;
  /** What to do about it. */
  readonly fix?: string;
}

const NODE = [20, 19] as const;
const REINSTALL = "npm ci (with network access to the registry; the README names what else the binaries may need)";
const require = createRequire(import.meta.url);
const run = promisify(execFile);

const MARKS: Readonly<Record<Finding["state"], string>> = { ok: "✓", missing: "✗", optional: "–" };

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const isNew = major > NODE[0] || (major === NODE[0] && minor >= NODE[1]);
  const detail = `${process.versions.node} at ${process.execPath}`;
  return isNew
    ? { name: "Node", state: "ok", detail }
    : { name: "Node", state: "missing", detail, fix: `Node ${NODE.join(".")} or newer is needed.` };
}

function build(): Finding {
  const file = join(PACKAGE_ROOT, "dist", "kernel", "start", "kernel.cjs");
  return existsSync(file)
    ? { name: "build", state: "ok", detail: shown(PACKAGE_ROOT) }
    : { name: "build", state: "missing", detail: "dist/ lacks the kernel", fix: "npm run build" };
}

/** Whether a package with a binary part loads on this machine; `probe` uses it. */
function native(name: string, probe: (loaded: never) => string): Finding {
  try {
    const { version } = require(`${name}/package.json`) as { version: string };
    return { name, state: "ok", detail: `${version}, ${probe(require(name) as never)}` };
  } catch (error) {
    return { name, state: "missing", detail: error instanceof Error ? error.message.split("\n")[0]! : String(error), fix: REINSTALL };
  }
}

const sqlite = (): Finding =>
  native("better-sqlite3", (Database: new (path: string) => { prepare(sql: string): { pluck(): { get(): unknown } } }) => {
    return `SQLite ${new Database(":memory:").prepare("SELECT sqlite_version()").pluck().get()}`;
  });

const zeromq = (): Finding =>
  native("zeromq", ({ version, capability }: { version: string; capability: { curve?: boolean } }) => {
    return `libzmq ${version}, ${capability.curve === true ? "with" : "without"} CURVE`;
  });

async function typescript(): Promise<Finding> {
  try {
    const { stdout } = await run(process.execPath, [join(PACKAGE_ROOT, "node_modules", "typescript", "bin", "tsc"), "--version"]);
    return { name: "TypeScript", state: "ok", detail: `${stdout.trim().replace(/^Version /, "")}, completion and type checks in cells` };
  } catch {
    const detail = "no binary for this platform: cells run, but without completion and type checks";
    return { name: "TypeScript", state: "optional", detail, fix: REINSTALL };
  }
}

function plotly(): Finding {
  try {
    const { version } = require("plotly.js-dist/package.json") as { version: string };
    return { name: "plotly", state: "ok", detail: version };
  } catch {
    return { name: "plotly", state: "missing", detail: "plotly.js-dist is not installed: no charts", fix: REINSTALL };
  }
}

async function jupyter(): Promise<Finding> {
  for (const [command, args] of [
    ["jupyter", ["--version"]],
    ["python3", ["-m", "jupyter", "--version"]],
  ] as const) {
    try {
      const { stdout } = await run(command, args);
      const installed = [...stdout.matchAll(/^(\S+)\s*:\s*(\d\S*)$/gm)].map(([, name, version]) => `${name} ${version}`);
      return { name: "Jupyter", state: "ok", detail: installed.join(", ") };
    } catch {
      // the next way of calling it
    }
  }
  const fix = "pip install jupyterlab, or open notebooks in VS Code; 'tesserlab run' needs neither.";
  return { name: "Jupyter", state: "optional", detail: "not found on the path", fix };
}

function kernelspec(): Finding {
  const name = "kernelspec";
  const fix = "tesserlab kernel install (see --help for other places)";
  const [first] = findKernelspecs();
  if (first === undefined) return { name, state: "optional", detail: `no '${KERNEL_NAME}' in Jupyter's folders`, fix };
  if (!first.isOurs) return { name, state: "optional", detail: `${first.folder} starts another copy, or one that is gone`, fix };
  return { name, state: "ok", detail: first.folder };
}

export const doctor: Command = {
  name: "doctor",
  words: "",
  count: [0, 0],
  summary: "Says what is installed, what is missing and how to fix it",
  help: "Says what is installed, what is missing and how to fix it. Exits with 1 when something is missing that everything needs.",
  options: {},
  async run() {
    const findings = [node(), build(), sqlite(), zeromq(), plotly(), await typescript(), await jupyter(), kernelspec()];
    for (const { name, state, detail, fix } of findings) {
      process.stdout.write(`${MARKS[state]} ${name.padEnd(16)} ${detail}\n`);
      if (fix !== undefined) process.stdout.write(`  ${" ".repeat(16)} fix: ${fix}\n`);
    }
    return findings.some(({ state }) => state === "missing") ? 1 : 0;
  },
};

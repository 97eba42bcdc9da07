import { execFile, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

/** A Python with Jupyter's programs: `TESSERLAB__PYTHON`, else the one that `.ci/run` makes. */
export const PYTHON: string = process.env.TESSERLAB__PYTHON ?? join(ROOT, "reports/venv/bin/python");

/** Why tests that need these Python modules cannot run here; `undefined` when they can. */
export function missingPython(...modules: string[]): string | undefined {
  if (!existsSync(PYTHON)) return `no Python with Jupyter at ${PYTHON}`;
  try {
    execFileSync(PYTHON, ["-c", `import ${modules.join(", ")}`], { stdio: "pipe" });
    return undefined;
  } catch (error) {
    const lines = String((error as { stderr?: Buffer }).stderr ?? error)
      .trim()
      .split("\n");
    return `${PYTHON}: ${lines.at(-1)}`;
  }
}

/** `name`, or `name (skipped: why)`: what is not tested here is said where the results are read. */
export function titled(name: string, missing: string | undefined): string {
  return missing === undefined ? name : `${name} (skipped: ${missing})`;
}

/** The kernel as a user has it: installed by the command into a folder that Jupyter then looks in. */
export class InstalledKernel {
  readonly folder: string = mkdtempSync(join(tmpdir(), "tesserlab-jupyter-"));
  /** Environment of Jupyter programs: finds our kernel and the extension, and keeps the user's own settings out. */
  readonly env: NodeJS.ProcessEnv = {
    ...process.env,
    JUPYTER_PATH: join(this.folder, "share/jupyter"),
    JUPYTER_CONFIG_DIR: join(this.folder, "config"),
    JUPYTER_DATA_DIR: join(this.folder, "data"),
    JUPYTER_RUNTIME_DIR: join(this.folder, "runtime"),
    JUPYTER_PLATFORM_DIRS: "1",
    IPYTHONDIR: join(this.folder, "ipython"),
    XDG_DATA_HOME: join(this.folder, "data"),
    NO_COLOR: "1",
    PATH: `${dirname(PYTHON)}:${process.env.PATH}`,
  };

  static async install(): Promise<InstalledKernel> {
    const kernel = new InstalledKernel();
    await promisify(execFile)(process.execPath, [join(ROOT, "dist/cli/main.js"), "kernel", "install", "--prefix", kernel.folder], {
      env: kernel.env,
    });
    return kernel;
  }

  /** Takes the renderer of figures away again: what is left is a stock front end with our kernelspec. */
  removeExtension(): void {
    rmSync(join(this.folder, "share/jupyter/labextensions"), { recursive: true });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A check of one of the Python programs. */
export interface Check {
  name: string;
  ok: boolean;
  message?: string;
  [detail: string]: unknown;
}

/** Runs a Python program of this folder and gathers what it reports, by name. */
export async function runPython(
  kernel: InstalledKernel,
  script: string,
  args: string[] = [],
  cwd: string = ROOT,
): Promise<Map<string, Check>> {
  const child = spawn(PYTHON, [join(ROOT, "test/jupyter", script), ...args], { cwd, env: kernel.env, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let complaints = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints += text;
  });
  const status = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const checks = out
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Check);
  if (status !== 0) throw new Error(`${script} ended with ${status}:\n${complaints.slice(-4000)}`);
  return new Map(checks.map((check) => [check.name, check]));
}

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { folderWith } from "./run-cells.js";

const CLI = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const tesserlab = (args: string[], env: Record<string, string> = {}): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, [CLI, ...args], { encoding: "utf8", env: { ...process.env, ...env } });

describe("kernel install", () => {
  test("below a prefix: kernelspec, logos and the plotly renderer; uninstall removes them again", () => {
    const prefix = folderWith({});
    expect(tesserlab(["kernel", "install", "--prefix", prefix]).status).toBe(0);
    const kernel = join(prefix, "share", "jupyter", "kernels", "tesserlab");
    const spec = JSON.parse(readFileSync(join(kernel, "kernel.json"), "utf8"));
    expect(spec).toMatchObject({ language: "typescript", interrupt_mode: "message", metadata: { supported_encryption: "curve" } });
    const [shell, supervisor, node, program, ...rest] = spec.argv;
    expect([shell, node, ...rest]).toEqual(["/bin/sh", process.execPath, "{connection_file}", "--lab", "tesserlab/lab"]);
    expect([supervisor, program].map((file) => [isAbsolute(file), existsSync(file)])).toEqual([
      [true, true],
      [true, true],
    ]);
    for (const size of [32, 64]) {
      const png = readFileSync(join(kernel, `logo-${size}x${size}.png`));
      expect([png.subarray(1, 4).toString(), png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual(["PNG", size, size]);
    }
    const extension = join(prefix, "share", "jupyter", "labextensions", "tesserlab-plotly");
    const { jupyterlab } = JSON.parse(readFileSync(join(extension, "package.json"), "utf8"));
    // JupyterLab loads the entry, and the entry the library beside it.
    expect(readFileSync(join(extension, jupyterlab._build.load), "utf8")).toContain('new URL("plotly.js", document.currentScript.src)');
    expect(statSync(join(extension, "static", "plotly.js")).size).toBeGreaterThan(1e6);
    const removed = tesserlab(["kernel", "uninstall", "--prefix", prefix]);
    expect([existsSync(kernel), existsSync(extension), removed.stdout.match(/removed/g)?.length]).toEqual([false, false, 2]);
    expect(tesserlab(["kernel", "uninstall", "--prefix", prefix]).stdout).toBe("Nothing was installed there.\n");
  });

  test("for the user, where Jupyter's own variable says", () => {
    const data = folderWith({});
    expect(tesserlab(["kernel", "install", "--user"], { JUPYTER_DATA_DIR: data }).status).toBe(0);
    expect(existsSync(join(data, "kernels", "tesserlab", "kernel.json"))).toBe(true);
    expect(tesserlab(["doctor"], { JUPYTER_DATA_DIR: data, JUPYTER_PATH: "" }).stdout).toContain(
      `✓ kernelspec       ${join(data, "kernels", "tesserlab")}`,
    );
  });

  test("into the active Python environment", () => {
    const environment = folderWith({});
    expect(tesserlab(["kernel", "install", "--sys-prefix"], { VIRTUAL_ENV: environment }).status).toBe(0);
    expect(existsSync(join(environment, "share", "jupyter", "kernels", "tesserlab", "kernel.json"))).toBe(true);
  });

  test("misuse is explained", () => {
    expect(tesserlab(["kernel", "instal"]).stderr).toContain("Did you mean install?");
    expect(tesserlab(["kernel", "install", "--user", "--sys-prefix"]).stderr).toContain(
      "One place at a time: got --user and --sys-prefix.",
    );
    expect(tesserlab(["kernel", "run"]).stderr).toContain("needs --connection-file FILE");
    const file = join(folderWith({ file: "" }), "file");
    const { status, stderr } = tesserlab(["kernel", "install", "--prefix", file]);
    expect([status !== 0, stderr]).toEqual([true, expect.stringContaining("KERNEL_INSTALL")]);
  });
});

describe("doctor", () => {
  test("names versions, and a kernelspec that leads nowhere", () => {
    const data = folderWith({});
    const { version } = JSON.parse(readFileSync(fileURLToPath(new URL("../../node_modules/zeromq/package.json", import.meta.url)), "utf8"));
    const { status, stdout } = tesserlab(["doctor"], { JUPYTER_DATA_DIR: data });
    expect(status).toBe(0);
    expect(stdout).toContain(`✓ Node             ${process.versions.node}`);
    expect(stdout).toMatch(new RegExp(`✓ zeromq {11}${version}, libzmq [\\d.]+, with CURVE`));
    expect(stdout).toMatch(/✓ better-sqlite3 {3}\S+, SQLite 3/);
    execFileSync(process.execPath, [CLI, "kernel", "install"], { env: { ...process.env, JUPYTER_DATA_DIR: data } });
    writeFileSync(join(data, "kernels", "tesserlab", "kernel.json"), JSON.stringify({ argv: ["/nowhere/node", "/nowhere/main.js"] }));
    const moved = tesserlab(["doctor"], { JUPYTER_DATA_DIR: data }).stdout;
    expect(moved).toContain("starts another copy, or one that is gone\n                   fix: tesserlab kernel install");
  });
});

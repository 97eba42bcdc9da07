import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { LabError } from "../../errors/index.js";
import { compileAhead } from "./compile-ahead.js";
import { dataFolder, type InstallPlace, searchedFolders } from "./jupyter-folders.js";

/** Name of the folder that holds the kernelspec, and of the kernel in `jupyter --kernel`. */
export const KERNEL_NAME = "tesserlab";
const EXTENSION_NAME = "tesserlab-plotly";

const SUPERVISOR: string = fileURLToPath(new URL("../start/supervise.sh", import.meta.url));
const KERNEL: string = fileURLToPath(new URL("../start/kernel.cjs", import.meta.url));

/**
 * What starts a kernel, as a kernelspec has it: this Node and this copy of Tesserlab, by absolute paths, so that no environment can change them. The module that gives cells
 * their helpers is known by name only. Windows has no shell to supervise it.
 */
export function kernelCommand(connectionFile: string, nodeFlags: readonly string[] = []): readonly [program: string, ...args: string[]] {
  const args = [...nodeFlags, KERNEL, connectionFile, "--lab", "tesserlab/lab"];
  return process.platform === "win32" ? [process.execPath, ...args] : ["/bin/sh", SUPERVISOR, process.execPath, ...args];
}

const EXTENSION: string = fileURLToPath(new URL("../../../src/kernel/install/labextension/", import.meta.url));

/** Where things were put. */
export interface Installed {
  readonly kernelspec: string;
  /** The renderer of plotly figures for JupyterLab and Notebook. */
  readonly extension: string;
}

/** A kernelspec found on this machine. */
export interface FoundKernelspec {
  readonly folder: string;
  /** Whether it starts this very copy of Tesserlab, by a Node that exists. */
  readonly isOurs: boolean;
}

const kernelFolder = (data: string): string => join(data, "kernels", KERNEL_NAME);
const extensionFolder = (data: string): string => join(data, "labextensions", EXTENSION_NAME);

function kernelspec(): Readonly<Record<string, unknown>> {
  return {
    argv: kernelCommand("{connection_file}"),
    display_name: "TypeScript (Tesserlab)",
    language: "typescript",
    interrupt_mode: "message",
    metadata: { debugger: false, supported_encryption: "curve" },
  };
}

/** Makes the kernel known to Jupyter, from Node alone. @throws LabError `KERNEL_NOT_BUILT`, `KERNEL_NO_PYTHON`, `KERNEL_INSTALL`. */
export async function installKernel(place: InstallPlace): Promise<Installed> {
  if (!existsSync(KERNEL))
    throw new LabError("KERNEL_NOT_BUILT", "The kernel is not built: run 'npm run build' first.", { details: { missing: KERNEL } });
  const data = dataFolder(place);
  const { LOGO, logoPng } = await import("./logo.js");
  const kernel = kernelFolder(data);
  const extension = extensionFolder(data);
  try {
    mkdirSync(kernel, { recursive: true });
    writeFileSync(join(kernel, "kernel.json"), `${JSON.stringify(kernelspec(), null, 2)}\n`);
    writeFileSync(join(kernel, "logo-svg.svg"), LOGO);
    for (const size of [32, 64]) writeFileSync(join(kernel, `logo-${size}x${size}.png`), logoPng(size));
    installExtension(extension);
  } catch (cause) {
    throw new LabError("KERNEL_INSTALL", `The kernel could not be installed below ${data}: ${(cause as Error).message}`, {
      details: { data },
      cause,
    });
  }
  await compileAhead().catch(() => {}); // a slower first start, no more
  return { kernelspec: kernel, extension };
}

function installExtension(folder: string): void {
  const code = join(folder, "static");
  mkdirSync(code, { recursive: true });
  copyFileSync(join(EXTENSION, "package.json"), join(folder, "package.json"));
  copyFileSync(join(EXTENSION, "remote-entry.js"), join(code, "remote-entry.js"));
  copyFileSync(createRequire(import.meta.url).resolve("plotly.js-dist"), join(code, "plotly.js"));
}

/** Removes what `installKernel` put there. Answers the folders that were removed. */
export function uninstallKernel(place: InstallPlace): string[] {
  const data = dataFolder(place);
  const folders = [kernelFolder(data), extensionFolder(data)].filter((folder) => existsSync(folder));
  for (const folder of folders) rmSync(folder, { recursive: true });
  return folders;
}

/** The kernelspecs of this name, in the order Jupyter prefers them. */
export function findKernelspecs(): FoundKernelspec[] {
  return searchedFolders()
    .map(kernelFolder)
    .filter((folder) => existsSync(join(folder, "kernel.json")))
    .map((folder) => ({ folder, isOurs: startsThisCopy(join(folder, "kernel.json")) }));
}

function startsThisCopy(file: string): boolean {
  try {
    const { argv } = JSON.parse(readFileSync(file, "utf8")) as { argv: string[] };
    return argv.includes(KERNEL) && argv.every((word) => !isAbsolute(word) || existsSync(word));
  } catch {
    return false;
  }
}

import { execFileSync } from "node:child_process";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { LabError } from "../../errors/index.js";

/** Where a kernel is installed: for this user, below a prefix, or into the Python environment that is active. */
export type InstallPlace = { readonly user: true } | { readonly prefix: string } | { readonly sysPrefix: true };

/** The user's Jupyter data folder, as jupyter_core has it. */
function userFolder(): string {
  const { JUPYTER_DATA_DIR, APPDATA, XDG_DATA_HOME } = process.env;
  if (JUPYTER_DATA_DIR) return JUPYTER_DATA_DIR;
  if (process.platform === "win32") return join(APPDATA ?? join(homedir(), "AppData", "Roaming"), "jupyter");
  if (process.platform === "darwin") return join(homedir(), "Library", "Jupyter");
  return join(XDG_DATA_HOME || join(homedir(), ".local", "share"), "jupyter");
}

/** `sys.prefix` of the active Python. @throws LabError `KERNEL_NO_PYTHON`. */
function pythonPrefix(): string {
  const active = process.env.VIRTUAL_ENV ?? process.env.CONDA_PREFIX;
  if (active) return active;
  for (const python of ["python3", "python"]) {
    try {
      return execFileSync(python, ["-c", "import sys; print(sys.prefix)"], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }).trim();
    } catch {
      // the next name
    }
  }
  throw new LabError(
    "KERNEL_NO_PYTHON",
    "--sys-prefix needs a Python: none was found. Use --user, or --prefix with the folder of its environment.",
  );
}

/** The Jupyter data folder of a place. */
export function dataFolder(place: InstallPlace): string {
  if ("user" in place) return userFolder();
  return join("prefix" in place ? place.prefix : pythonPrefix(), "share", "jupyter");
}

/** Every data folder where Jupyter may look, the first one first; the system's own come last. */
export function searchedFolders(): string[] {
  const folders = (process.env.JUPYTER_PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  folders.push(userFolder());
  try {
    folders.push(join(pythonPrefix(), "share", "jupyter"));
  } catch {
    // without a Python there is no such folder
  }
  const system =
    process.platform === "win32"
      ? [join(process.env.PROGRAMDATA ?? "C:\\ProgramData", "jupyter")]
      : ["/usr/local/share/jupyter", "/usr/share/jupyter"];
  return [...new Set([...folders, ...system])];
}

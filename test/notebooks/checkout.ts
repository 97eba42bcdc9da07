import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { ROOT } from "../cli/tesserlab.js";

/** Where the recorded candles are; the folder is not part of the repository. */
export const REAL_DATA: string = resolve(ROOT, process.env.TESSERLAB__DATA_DIR ?? "../shared/data");
export const HAS_REAL_DATA: boolean = existsSync(join(REAL_DATA, "bybit_linear_BTCUSDT_5m_20240501-20240809.csv"));

/** The notebooks as they are committed, not what a run left beside them. */
export const NOTEBOOKS: readonly string[] = readdirSync(join(ROOT, "notebooks"))
  .filter((name) => name.endsWith(".ipynb") && !name.endsWith(".executed.ipynb"))
  .sort();

/** Those about trading: they import the helpers, and so run under stock tslab too. */
export const LESSONS: readonly string[] = NOTEBOOKS.filter((name) =>
  /from \\?"tesserlab\/lab\\?"/.test(readFileSync(join(ROOT, "notebooks", name), "utf8")),
);

/**
 * A checkout to execute notebooks in, with what is committed and the built package, in a Git repository of its own: what a notebook writes beside itself
 * lands there. It lies inside our node_modules, so that dependencies are found by walking up, as in any checkout.
 */
export class Checkout {
  readonly folder: string;
  /** An empty folder: as the folder of real candles it makes lessons use the synthetic sample. */
  readonly noData: string;

  constructor() {
    const cache = join(ROOT, "node_modules", ".cache");
    mkdirSync(cache, { recursive: true });
    this.folder = mkdtempSync(join(cache, "tesserlab-checkout-"));
    this.noData = this.path("no-data");
    for (const folder of [this.noData, this.path("node_modules")]) mkdirSync(folder);
    const wanted = ["notebooks", "strategies", "data", "package.json", ".gitignore"];
    const tracked = execFileSync("git", ["ls-files", ...wanted], { cwd: ROOT, encoding: "utf8" });
    for (const name of [...tracked.trim().split("\n"), "dist"]) cpSync(join(ROOT, name), this.path(name), { recursive: true });
    symlinkSync("..", this.path("node_modules", "tesserlab"), "dir");
    this.#git("init", "--quiet");
    this.#git("add", ".");
    this.#git("-c", "user.name=test", "-c", "user.email=test@localhost", "commit", "--quiet", "--message", "as committed");
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** What Git would show as changed or new. */
  status(): string {
    return this.#git("status", "--porcelain", "--untracked-files=all");
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #git(...args: string[]): string {
    return execFileSync("git", args, { cwd: this.folder, encoding: "utf8" });
  }
}

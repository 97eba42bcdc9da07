import { resolve } from "node:path";
import { LabError, unknownName } from "../../errors/index.js";
import { type InstallPlace, installKernel, runKernel, uninstallKernel } from "../../kernel/index.js";
import type { Command, Invocation } from "../command.js";

const ACTIONS = ["install", "uninstall", "run"] as const;

function placeOf({ text, flag }: Invocation): InstallPlace {
  const prefix = text("prefix");
  const given = [flag("user") ? "--user" : "", prefix === undefined ? "" : "--prefix", flag("sys-prefix") ? "--sys-prefix" : ""].filter(
    Boolean,
  );
  if (given.length > 1) throw new LabError("CLI_VALUE", `One place at a time: got ${given.join(" and ")}.`);
  if (prefix !== undefined) return { prefix: resolve(prefix) };
  return flag("sys-prefix") ? { sysPrefix: true } : { user: true };
}

async function install(invocation: Invocation): Promise<number> {
  const { kernelspec, extension } = await installKernel(placeOf(invocation));
  process.stdout.write(`kernel     ${kernelspec}\nplotly     ${extension}\n`);
  process.stdout.write("Choose 'TypeScript (Tesserlab)' in JupyterLab, Notebook or VS Code, or run: jupyter console --kernel tesserlab\n");
  return 0;
}

function uninstall(invocation: Invocation): number {
  const removed = uninstallKernel(placeOf(invocation));
  process.stdout.write(
    removed.length === 0 ? "Nothing was installed there.\n" : removed.map((folder) => `removed    ${folder}\n`).join(""),
  );
  return 0;
}

export const kernel: Command = {
  name: "kernel",
  words: ACTIONS.join("|"),
  count: [1, 1],
  summary: "Installs the Jupyter kernel, removes or runs it",
  help: "Installs the Jupyter kernel, removes it, or runs it: install writes a kernelspec with absolute paths to this copy, and the renderer of plotly figures. Run again after moving it.",
  options: {
    user: { type: "boolean", help: "for this user; the default" },
    prefix: { type: "string", value: "DIR", help: "below DIR/share/jupyter, such as the folder of a Python environment" },
    "sys-prefix": { type: "boolean", help: "into the active Python environment" },
    "connection-file": { type: "string", value: "FILE", help: "run: the connection file of the server that starts it" },
  },
  async run(invocation) {
    const [action] = invocation.words;
    if (action === "install") return install(invocation);
    if (action === "uninstall") return uninstall(invocation);
    if (action !== "run") throw unknownName("CLI_WORDS", "action of kernel", String(action), ACTIONS);
    const file = invocation.text("connection-file");
    if (file === undefined)
      throw new LabError("CLI_VALUE", "tesserlab kernel run needs --connection-file FILE: servers give one to the kernels they start.");
    return runKernel(resolve(file));
  },
};

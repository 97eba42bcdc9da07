#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LabError, unknownName } from "../errors/index.js";
import { type Command, helpOf, readArguments } from "./command.js";
import { bench } from "./commands/bench.js";
import { data } from "./commands/data.js";
import { run } from "./commands/run.js";
import { start } from "./commands/start.js";
import { state } from "./commands/state.js";
import { strategies } from "./commands/strategies.js";
import { PACKAGE_ROOT } from "./paths.js";

/** A new command is a file and a name here. */
const COMMANDS: readonly Command[] = [start, run, data, strategies, state, bench];

function overview(): string {
  const rows = COMMANDS.map((command) => `  ${`${command.name} ${command.words}`.trim().padEnd(38)} ${command.help.split(/[.:;\n]/)[0]}`);
  return [
    "Usage: tesserlab COMMAND [options]",
    "",
    ...rows,
    "",
    "tesserlab COMMAND --help explains one; --version prints the version.",
  ].join("\n");
}

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    process.stdout.write(`${overview()}\n`);
    return 0;
  }
  if (name === "--version" || name === "-v") {
    const { version } = JSON.parse(readFileSync(join(PACKAGE_ROOT, "package.json"), "utf8")) as { version: string };
    process.stdout.write(`${version}\n`);
    return 0;
  }
  const command = COMMANDS.find((one) => one.name === name);
  if (command === undefined)
    throw unknownName(
      "CLI_COMMAND",
      "command",
      name,
      COMMANDS.map((one) => one.name),
    );
  if (rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(`${helpOf(command)}\n`);
    return 0;
  }
  return command.run(readArguments(command, rest));
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(error instanceof LabError ? `${error}\n` : `${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 2;
  },
);

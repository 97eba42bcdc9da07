#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { unknownName } from "../errors/index.js";
import { type Command, helpOf, readArguments } from "./command.js";
import { bench } from "./commands/bench.js";
import { data } from "./commands/data.js";
import { kernel } from "./commands/kernel.js";
import { run } from "./commands/run.js";
import { start } from "./commands/start.js";
import { state } from "./commands/state.js";
import { strategies } from "./commands/strategies.js";
import { failureText } from "./failure.js";
import { PACKAGE_ROOT } from "./paths.js";

/** A new command is a file and a name here. */
const COMMANDS: readonly Command[] = [start, run, kernel, data, strategies, state, bench];

/** What may stand in a command's place. */
const FLAGS = ["--help", "--version"];

function overview(): string {
  const rows = COMMANDS.map((command) => `  ${`${command.name} ${command.words}`.trim().padEnd(38)} ${command.summary}`);
  return [
    "Usage: tesserlab COMMAND [options]",
    "",
    ...rows,
    "",
    "tesserlab COMMAND --help explains one; --version prints the version.",
  ].join("\n");
}

/** @throws LabError `CLI_COMMAND`. */
function commandNamed(name: string): Command {
  const found = COMMANDS.find((command) => command.name === name);
  if (found !== undefined) return found;
  throw unknownName("CLI_COMMAND", "command", name, [...COMMANDS.map((command) => command.name), ...FLAGS]);
}

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    const topic = rest[0];
    process.stdout.write(`${topic === undefined ? overview() : helpOf(commandNamed(topic))}\n`);
    return 0;
  }
  if (name === "--version" || name === "-v") {
    const { version } = JSON.parse(readFileSync(join(PACKAGE_ROOT, "package.json"), "utf8")) as { version: string };
    process.stdout.write(`${version}\n`);
    return 0;
  }
  const command = commandNamed(name);
  if (rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(`${helpOf(command)}\n`);
    return 0;
  }
  return command.run(readArguments(command, rest));
}

// A reader that has seen enough, such as `head`, is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${failureText(error)}\n`);
    process.exitCode = 2;
  },
);

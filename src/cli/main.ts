#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LabError, unknownName } from "../errors/index.js";
import { type Command, helpOf, readArguments } from "./command.js";
import { failureText } from "./failure.js";
import { PACKAGE_ROOT } from "./paths.js";
import { COMMANDS_ELSEWHERE } from "./tesser.js";

/** The command that was given. */
let running: Command | undefined;

/** A new command is a file and a line here. Each is loaded when it is asked for: none waits for what another needs. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import("./commands/start.js")).start,
  run: async () => (await import("./commands/run.js")).run,
  kernel: async () => (await import("./commands/kernel.js")).kernel,
  doctor: async () => (await import("./commands/doctor.js")).doctor,
  data: async () => (await import("./commands/data.js")).data,
  strategies: async () => (await import("./commands/strategies.js")).strategies,
  live: async () => (await import("./commands/live.js")).live,
  state: async () => (await import("./commands/state.js")).state,
  paper: async () => (await import("./commands/paper.js")).paper,
  bench: async () => (await import("./commands/bench.js")).bench,
};

/** What may stand in a command's place. */
const FLAGS = ["--help", "--version"];

async function overview(): Promise<string> {
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  const names = commands.map((command) => `${command.name} ${command.words}`.trim());
  const width = Math.max(...names.map((name) => name.length));
  const rows = commands.map(({ summary }, index) => `  ${names[index]!.padEnd(width)}  ${summary}`);
  return [
    "Usage: tesserlab COMMAND [options]",
    "",
    ...rows,
    "",
    "tesserlab COMMAND --help explains one; --version prints the version.",
  ].join("\n");
}

/** @throws LabError `CLI_COMMAND`, `CLI_ELSEWHERE` for a command of Tesser that is something else here. */
async function commandNamed(name: string): Promise<Command> {
  if (Object.hasOwn(COMMANDS_ELSEWHERE, name))
    throw new LabError("CLI_ELSEWHERE", `tesserlab has no command ${name}. ${COMMANDS_ELSEWHERE[name]!}`, { details: { command: name } });
  if (!Object.hasOwn(COMMANDS, name)) throw unknownName("CLI_COMMAND", "command", name, [...Object.keys(COMMANDS), ...FLAGS]);
  return COMMANDS[name]!();
}

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    const topic = rest[0];
    process.stdout.write(`${topic === undefined ? await overview() : helpOf(await commandNamed(topic))}\n`);
    return 0;
  }
  if (name === "--version" || name === "-v") {
    const { version } = JSON.parse(readFileSync(join(PACKAGE_ROOT, "package.json"), "utf8")) as { version: string };
    process.stdout.write(`${version}\n`);
    return 0;
  }
  const command = await commandNamed(name);
  if (rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(`${helpOf(command)}\n`);
    return 0;
  }
  running = command;
  return command.run(readArguments(command, rest));
}

/** Ends with this exit code once nothing is open any more; at once, when all was written, where it was cells that opened it. */
function leave(code: number): void {
  process.exitCode = code;
  if (running?.runsCells) process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));
}

// A reader that has seen enough, such as `head`, is no failure.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });

main(process.argv.slice(2)).then(leave, (error: unknown) => {
  process.stderr.write(`${failureText(error)}\n`);
  leave(2);
});

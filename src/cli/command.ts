import { parseArgs } from "node:util";
import { LabError, unknownName } from "../errors/index.js";

/** One option of a command. */
interface OptionSpec {
  readonly type: "string" | "boolean";
  readonly short?: string;
  readonly multiple?: boolean;
  /** How its value is written in help, as in `FILE`. */
  readonly value?: string;
  readonly help: string;
}

/** What a command is given: its positional words and its options. */
export interface Invocation {
  readonly words: readonly string[];
  readonly text: (name: string) => string | undefined;
  readonly texts: (name: string) => readonly string[];
  readonly flag: (name: string) => boolean;
  /** A whole number of at least `least`, 1 unless given. */
  readonly whole: (name: string, fallback: number, least?: number) => number;
}

/** A command of the command line: one file each, one line in the table of `main.ts`. */
export interface Command {
  readonly name: string;
  /** Positional words in help, as in `NOTEBOOK`. */
  readonly words: string;
  /** How many positional words it takes, least and most. */
  readonly count: readonly [number, number];
  /** One line for the list of commands. */
  readonly summary: string;
  readonly help: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** Options of Tesser that are something else here: what to use instead. */
  readonly elsewhere?: Readonly<Record<string, string>>;
  /** It runs cells: the process ends with it, whatever they have left open, such as a server or a timer. */
  readonly runsCells?: true;
  /** Does the work and returns the exit code. */
  run(invocation: Invocation): Promise<number>;
}

/** Reads a command's arguments. @throws LabError `CLI_OPTION`, `CLI_ELSEWHERE`, `CLI_WORDS`, `CLI_VALUE`. */
export function readArguments(command: Command, args: readonly string[]): Invocation {
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, { type, short, multiple }]) => [
      name,
      { type, ...(short === undefined ? {} : { short }), ...(multiple === true ? { multiple: true } : {}) },
    ]),
  );
  const { tokens } = parseArgs({ args: [...args], options, allowPositionals: true, strict: false, tokens: true });
  const known = Object.keys(command.options);
  const values = new Map<string, (string | true)[]>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    const spec = Object.hasOwn(command.options, token.name) ? command.options[token.name] : undefined;
    if (spec === undefined && Object.hasOwn(command.elsewhere ?? {}, token.name))
      throw new LabError(
        "CLI_ELSEWHERE",
        `${token.rawName} is no option of tesserlab ${command.name}. ${command.elsewhere![token.name]!}`,
        {
          details: { option: token.name },
        },
      );
    if (spec === undefined)
      throw unknownName(
        "CLI_OPTION",
        `option of ${command.name}`,
        token.rawName,
        known.map((name) => `--${name}`),
      );
    if (spec.type === "string" && token.value === undefined)
      throw new LabError("CLI_VALUE", `${token.rawName} needs a value: ${token.rawName} ${spec.value ?? "VALUE"}.`);
    if (spec.type === "boolean" && token.value !== undefined)
      throw new LabError("CLI_VALUE", `${token.rawName} takes no value, got '${token.value}'.`);
    values.set(token.name, [...(values.get(token.name) ?? []), token.value ?? true]);
  }
  const [least, most] = command.count;
  if (words.length < least || words.length > most)
    throw new LabError(
      "CLI_WORDS",
      `tesserlab ${command.name} takes ${command.words || "no words"}, got ${words.length === 0 ? "none" : words.map((w) => `'${w}'`).join(", ")}; see tesserlab ${command.name} --help.`,
    );
  const text = (name: string): string | undefined => values.get(name)?.at(-1)?.toString();
  return {
    words,
    text,
    texts: (name) => (values.get(name) ?? []).map(String),
    flag: (name) => values.has(name),
    whole(name, fallback, least = 1) {
      const value = text(name);
      if (value === undefined) return fallback;
      if (!/^\d{1,15}$/.test(value) || Number(value) < least)
        throw new LabError("CLI_VALUE", `--${name} must be a whole number of at least ${least}, got '${value}'.`);
      return Number(value);
    },
  };
}

/** A command's help as lines. */
export function helpOf(command: Command): string {
  const written = Object.entries(command.options).map(([name, spec]) => {
    const short = spec.short === undefined ? "    " : `-${spec.short}, `;
    return { option: `${short}--${name}${spec.type === "string" ? ` ${spec.value ?? "VALUE"}` : ""}`, help: spec.help };
  });
  const width = Math.max(0, ...written.map(({ option }) => option.length));
  const options = written.map(({ option, help }) => `  ${option.padEnd(width)}  ${help}`);
  const words = command.words === "" ? "" : ` ${command.words}`;
  return [
    `tesserlab ${command.name}${words}${options.length > 0 ? " [options]" : ""}`,
    "",
    command.help,
    ...(options.length > 0 ? ["", ...options] : []),
  ].join("\n");
}

/**
 * An option of another action would be silently without effect.
 * @param foreign - options of the command that this action does not have.
 * @throws LabError `CLI_OPTION`.
 */
export function refuseForeign(command: string, action: string, foreign: readonly string[], flag: Invocation["flag"]): void {
  const given = foreign.find((name) => flag(name));
  if (given !== undefined)
    throw new LabError("CLI_OPTION", `tesserlab ${command} ${action} has no option --${given}; see tesserlab ${command} --help.`);
}

import { readFile } from "node:fs/promises";
import type { AnyStrategy } from "../backtest/index.js";
import { LabError } from "../errors/index.js";
import { strategyName } from "./load.js";
import { editToml, removeTables, TomlDocument, type TomlPath, type TomlSection } from "./toml/index.js";

/** The file to edit; `undefined` to write a new one. @throws LabError `STRATEGY_FILE_EXISTS` for a file of something else. */
export async function existingFile(path: string, strategy: AnyStrategy, overwrite: boolean): Promise<TomlDocument | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  let holds = "no strategy file";
  try {
    const document = new TomlDocument(text, path);
    const name = strategyName(document);
    if ([strategy.name, ...strategy.aliases].some((own) => own.toLowerCase() === name.trim().toLowerCase())) return document;
    holds = `a strategy file of ${name}`;
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
  }
  if (overwrite) return undefined;
  throw new LabError(
    "STRATEGY_FILE_EXISTS",
    `${path} is ${holds}, not of ${strategy.name}: choose another path, or pass overwrite: true.`,
    { details: { path } },
  );
}

/** An existing file with the sections brought in; our tables that are no longer said are taken out, others' stay. */
export function edited(existing: TomlDocument, sections: readonly TomlSection[], owned: readonly string[]): string {
  const said = new Set(sections.map(({ path }) => path.join(".")));
  const obsolete = owned.flatMap((name) => tablesBelow(existing, [name])).filter((path) => !said.has(path.join(".")));
  return editToml(new TomlDocument(removeTables(existing, obsolete), existing.file), sections);
}

/** Paths of a table and of the tables below it. */
function tablesBelow(document: TomlDocument, path: TomlPath): TomlPath[] {
  const item = document.at(path);
  if (item === undefined || item.type === "leaf") return [];
  const keys = item.type === "list" ? item.tables.map((_, i) => i) : [...item.items.keys()];
  const below = keys.flatMap((key) => tablesBelow(document, [...path, key]));
  return item.type === "list" ? below : [path, ...below];
}

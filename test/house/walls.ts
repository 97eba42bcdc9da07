import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";

/** A folder of src and the other folders it may enter, as CONTRIBUTING.md has it. */
export interface Wall {
  folder: string;
  mayImport: string[];
}

const FREE_FOR_ALL = "errors";
/** The one use of the package's own name in src: the kernel loads the helpers by it. */
const OWN_NAME = { folder: "kernel", specifier: "tesserlab/lab" };

/** Reads the table "folder | may import" of CONTRIBUTING.md; "everything above" means the rows above. */
export function readWalls(contributing: string): Wall[] {
  const table = contributing.split("| folder | may import |")[1]?.split("\n\n")[0];
  if (table === undefined) throw new Error("CONTRIBUTING.md has no table headed '| folder | may import |'.");
  const rows = [...table.matchAll(/^\| (\S+) \| (.+) \|$/gm)].map(([, folder, list]) => ({ folder: folder!, list: list! }));
  const folders = rows.map((row) => row.folder);
  return rows.map(({ folder, list }, row) => {
    const named = list === "everything above" ? folders.slice(0, row) : list === "nothing" ? [] : list.split(", ");
    const unknown = named.filter((name) => !folders.includes(name));
    if (unknown.length > 0) throw new Error(`CONTRIBUTING.md lets ${folder} import ${unknown}, which has no row.`);
    return { folder, mayImport: folder === FREE_FOR_ALL ? [] : [...new Set([FREE_FOR_ALL, ...named])] };
  });
}

const forbid = (includes: string[], group: string[], message: string): object => ({
  includes,
  linter: { rules: { style: { noRestrictedImports: { level: "error", options: { patterns: [{ group, message }] } } } } },
});

/**
 * Biome's configuration of the walls. Biome matches the text of a specifier, in which a folder stands at different depths
 * (`../core/index.js`, `../../core/index.js`) and a sibling venue stands without `venues`. A folder's own subfolder may be called like
 * another folder (`./errors/…`), so only what is behind a `../` counts.
 */
export function biomeWalls(walls: readonly Wall[]): object {
  const names = (folder: string): string[] => [...new Set([folder, posix.basename(folder)])];
  const overrides = walls.map(({ folder, mayImport }) => {
    const others = walls.filter((other) => other.folder !== folder).flatMap((other) => names(other.folder));
    const group = [
      ...others.map((other) => `**/../${other}/**`),
      ...mayImport.flatMap(names).map((other) => `!**/../${other}/index.js`),
      ...["tesserlab", "tesserlab/**"],
      ...(folder === OWN_NAME.folder ? [`!${OWN_NAME.specifier}`] : []),
    ];
    const list = mayImport.length === 0 ? "no other folder" : `only ${mayImport.join(", ")}, each through its index.js`;
    return forbid([`src/${folder}/**`], group, `src/${folder} may import ${list} (CONTRIBUTING.md).`);
  });
  const tests = ["**/src/**", "!**/src/*/index.js", "!**/src/venues/*/index.js", "!**/src/index.js"];
  return { overrides: [...overrides, forbid(["test/**"], tests, "Tests enter a folder of src through its index.js.")] };
}

/** All files below a folder, as paths with `/`, relative to it. */
export function filesBelow(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}

/**
 * The walls again, by where a specifier leads rather than by its text: also sees types written `import("...").T`, which Biome does not,
 * and the front door `src/index.ts`, whose specifier `../index.js` is inside a nested folder that folder's own door.
 */
export function brokenWalls(src: string, walls: readonly Wall[]): string[] {
  const folderOf = (file: string): string | undefined => walls.find(({ folder }) => file.startsWith(`${folder}/`))?.folder;
  const broken: string[] = [];
  for (const file of filesBelow(src).filter((name) => name.endsWith(".ts"))) {
    const from = walls.find(({ folder }) => folder === folderOf(file));
    const specifiers = readFileSync(join(src, file), "utf8").matchAll(/(?:\bfrom|\bimport\s*\(|\bimport)\s*"(\.[^"]*)"/g);
    for (const [, specifier] of specifiers) {
      const target = posix.join(dirname(file), specifier!);
      const to = folderOf(target);
      if (to !== undefined && to === from?.folder) continue;
      const open = to !== undefined && target === `${to}/index.js` && (from === undefined || from.mayImport.includes(to));
      if (!open) broken.push(`${file}: ${specifier}`);
    }
  }
  return broken;
}

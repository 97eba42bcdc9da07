import { located, type Place, parseToml } from "./read.js";
import { placeOf, type TomlItem, type TomlPath, type TomlTable, tomlAt, tomlTree } from "./tree.js";

/** A TOML text, parsed once, that knows where everything in it stands. Immutable. */
export class TomlDocument {
  /** The text as given, without a byte-order mark. */
  readonly text: string;
  /** Name of the file, for messages. */
  readonly file: string;
  readonly root: TomlTable;

  /** @throws LabError `TOML_SYNTAX`. */
  constructor(text: string, file: string) {
    this.text = text.replace(/^\uFEFF/, "");
    this.file = file;
    this.root = tomlTree(parseToml(this.text, file));
  }

  at(path: TomlPath): TomlItem | undefined {
    return tomlAt(this.root, path);
  }

  /** `file:line:column` of an item. */
  where(item: TomlItem): string {
    return located(this.file, placeOf(item));
  }

  place(item: TomlItem): Place {
    return placeOf(item);
  }
}

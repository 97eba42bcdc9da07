export { TomlDocument } from "./document.js";
export { editToml, removeTables, sectionText, type TomlSection } from "./edit.js";
export {
  booleanLiteral,
  decimalLiteral,
  integerLiteral,
  momentLiteral,
  numberLiteral,
  type TomlLiteral,
  textLiteral,
  textsLiteral,
} from "./literal.js";
export type { TomlItem, TomlLeaf, TomlPath, TomlTable } from "./tree.js";
export { type TomlValue, tomlValue } from "./value.js";

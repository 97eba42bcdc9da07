export { TomlDocument } from "./document.js";
export { editToml, removeTables, type TomlSection } from "./edit.js";
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
export type { TomlItem, TomlPath, TomlTable } from "./tree.js";
export { type TomlValue, tomlValue } from "./value.js";

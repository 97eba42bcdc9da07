// Names the notebook's documents need among themselves are spelt with Canadian syllabics: letters in JavaScript's eyes, but never on a keyboard, so they
// cannot meet a user's name, and they are found again in any text the server answers.

/** What a cell gives to others: a declared name, and what a variable holds when the cell ends. */
export const declaredExport = (name: string): string => `ᐅ${name}`;
export const heldExport = (name: string): string => `ᐊ${name}`;

/** The two as a cell that takes them over calls them. */
export const declaredLocal = (name: string): string => `ᑕ${name}`;
export const heldLocal = (name: string): string => `ᑐ${name}`;

/** The function that reads what a variable holds. */
export const HELD = "ᐃ";

const PREFIXES = /[ᐅᐊᑕᑐ](?=[\p{ID_Start}$_])/gu;
const FIRST = 0x1500;
const LETTERS = 0x100;

/** Whether a name is one of ours. */
export const isPrivate = (name: string): boolean => /[\u1400-\u15ff]/.test(name);

/**
 * Stands for the earlier meaning of a name in a cell that declares it anew. It is as long as the name, so that positions in the cell stay what they are.
 * @param index - tells apart names of one cell; below 256 for names of one letter.
 */
export function earlierName(name: string, index: number): string {
  let rest = index;
  let text = "";
  for (let i = 0; i < name.length; i++) {
    text += String.fromCharCode(FIRST + (rest % LETTERS));
    rest = Math.floor(rest / LETTERS);
  }
  return text;
}

/** A text of the server's as the user should see it. */
export function withoutPrivateNames(text: string, earlier: ReadonlyMap<string, string>): string {
  let plain = text.replaceAll(PREFIXES, "");
  for (const [name, alias] of earlier) plain = plain.replaceAll(alias, name);
  return plain.replaceAll(/import\("[^"]*"\)\./g, "");
}

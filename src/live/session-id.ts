import { randomInt } from "node:crypto";

const ID_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

/** Ten characters, drawn anew for every session. */
export function sessionId(): string {
  return Array.from({ length: 10 }, () => ID_CHARACTERS[randomInt(ID_CHARACTERS.length)]).join("");
}

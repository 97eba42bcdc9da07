import { ServerRefusal } from "./failure.js";

/** A page of a list, newest first, and the cursor of the next: percent-encoded as Bybit's are, and understood raw, encoded once or twice. */
export function page<T>(
  rows: readonly T[],
  id: (row: T) => number,
  query: URLSearchParams,
  limits: { readonly usual: number; readonly most: number },
): { readonly rows: readonly T[]; readonly nextPageCursor: string } {
  const given = query.get("limit");
  const limit = given === null || given === "" ? limits.usual : Number(given);
  if (!Number.isInteger(limit) || limit < 1) throw new ServerRefusal(10_001, `limit must be a whole number from 1 to ${limits.most}.`);
  const before = readCursor(query.get("cursor"));
  const size = Math.min(limit, limits.most);
  const left = before === undefined ? rows : rows.filter((row) => id(row) < before);
  const shown = left.slice(0, size);
  const last = shown.at(-1);
  const nextPageCursor = left.length > size && last !== undefined ? encodeURIComponent(`page:${id(last)},`) : "";
  return { rows: shown, nextPageCursor };
}

/** @throws ServerRefusal 10001 for a cursor that this server did not make. */
function readCursor(cursor: string | null): number | undefined {
  if (cursor === null || cursor === "") return undefined;
  let text = cursor;
  for (let i = 0; i < 3; i++) {
    const match = /^page:(\d+),$/.exec(text);
    if (match !== null) return Number(match[1]);
    try {
      text = decodeURIComponent(text);
    } catch {
      break;
    }
  }
  throw new ServerRefusal(10_001, "cursor is none that this server gave.");
}

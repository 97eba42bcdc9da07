import { LabError, type LabErrorCode } from "./lab-error.js";

/** Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`: optimal string alignment distance. */
function distance(a: string, b: string): number {
  let previous: number[] = [];
  let current: number[] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(current[j]! + 1, next[j - 1]! + 1, current[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, previous[j - 2]! + 1);
      next.push(best);
    }
    previous = current;
    current = next;
  }
  return current[b.length]!;
}

/** Letters that a shortened name must have: `slippage` for `slippageBps`. */
const SHORTEST_START = 4;

const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");

/** The known name that a misspelt or shortened one most likely meant, or `undefined` when none is near. Case and separators do not count. */
export function suggest(name: string, known: Iterable<string>): string | undefined {
  const names = [...known];
  const start = plain(name);
  let best = start.length < SHORTEST_START ? undefined : names.find((candidate) => plain(candidate).startsWith(start));
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of names) {
    const d = distance(plain(name), plain(candidate));
    if (d < bestDistance) {
      best = candidate;
      bestDistance = d;
    }
  }
  return best;
}

/**
 * The error for a name that is not one of a known set: names the value, the nearest valid choice and the whole set.
 * @param what - the kind of thing named, as in "unknown strategy 'SmaCros'".
 */
export function unknownName(code: LabErrorCode, what: string, name: string, known: Iterable<string>): LabError {
  const names = [...known];
  const near = suggest(name, names);
  const hint = near === undefined ? "" : ` Did you mean ${near}?`;
  return new LabError(code, `Unknown ${what} '${name}'.${hint} Known: ${names.join(", ") || "none"}.`, {
    details: { name, suggestion: near, known: names },
  });
}

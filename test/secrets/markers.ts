import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A key or secret that is looked for, under a name that a failing test may print. */
export interface Marker {
  readonly name: string;
  readonly value: string;
}

/** Texts whose presence gives a value away: itself, parts of it that are long enough, encoded for an address, as hexadecimal digits and in base64 at each of its three places. */
function tracesOf({ value }: Marker): string[] {
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), Buffer.from(value)]).toString("base64");
    // The first and the last digits depend on what stands beside.
    return text.slice(shift === 0 ? 0 : 4, Math.floor((shift + value.length) / 3) * 4);
  });
  return [
    value,
    value.slice(0, 12),
    value.slice(-12),
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    Buffer.from(value).toString("hex"),
    ...base64,
    ...base64.map((one) => one.replaceAll("+", "-").replaceAll("/", "_")),
  ];
}

/** Names of the markers that can be found in a text or in bytes, in any of the ways a text is usually written. */
export function found(markers: readonly Marker[], written: string | Buffer): string[] {
  const bytes = typeof written === "string" ? Buffer.from(written) : written;
  return markers.filter((marker) => tracesOf(marker).some((trace) => bytes.includes(trace))).map(({ name }) => name);
}

/** Every file below a folder with what it holds. */
export function filesBelow(folder: string): { readonly path: string; readonly bytes: Buffer }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name))
    .map((path) => ({ path, bytes: readFileSync(path) }));
}

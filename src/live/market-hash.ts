import { createHash } from "node:crypto";
import type { Json } from "../state/index.js";
import { stableJson } from "../state/index.js";

/** How trades and books are released: a session goes on only where they come in the same steps. */
const RELEASES = "orders, then the word";

/** What a recorded market and its exchange are, as one hash: the columns of the recording, and everything the exchange was told. */
export function marketHash(data: readonly object[], options: Readonly<Record<string, unknown>>): string {
  const hash = createHash("sha256");
  for (const columns of data) {
    if ("bids" in columns) hash.update(RELEASES);
    for (const [name, value] of Object.entries(columns)) {
      if (name === "source") continue;
      hash.update(`${name}:`);
      if (ArrayBuffer.isView(value)) hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
      else hash.update(String(value));
    }
  }
  return hash.update(stableJson(JSON.parse(JSON.stringify(options)) as Json)).digest("hex");
}

import { writeFile } from "node:fs/promises";
import { type BookLevel, type MarketTape, timeText } from "../core/index.js";

/** Digits that a double, as which JSON's numbers are read, gives back as they were written. */
const SAFE_DIGITS = 15;

/** A decimal as a JSON number, which is what Tesser reads; as text where a double would lose digits. */
function literal(text: string): string {
  return text.replace(/^0\.?0*|\./g, "").length <= SAFE_DIGITS ? text : JSON.stringify(text);
}

function levels(of: readonly BookLevel[]): string {
  return `[${of.map(([price, size]) => `[${literal(price)},${literal(size)}]`).join(",")}]`;
}

/** A tape as Tesser's LOB JSON lines. */
export function bookLines(tape: MarketTape): string {
  let text = "";
  for (let i = 0; i < tape.length; i++) {
    const event = tape.at(i)!;
    if (event.type !== "book" && event.type !== "trade") continue;
    const head = `"timestamp":"${timeText(event.time)}","symbol":${JSON.stringify(event.symbol)}`;
    if (event.type === "trade")
      text += `{"event":"trade",${head},"side":"${event.side}","price":${literal(event.price)},"size":${literal(event.quantity)}}\n`;
    else
      text += `{"event":"${event.kind === "snapshot" ? "snapshot" : "depth"}",${head},"bids":${levels(event.bids)},"asks":${levels(event.asks)}}\n`;
  }
  return text;
}

/** Writes a tape as JSON lines that `loadBook` and Tesser's tick mode read. */
export async function writeBook(path: string, tape: MarketTape): Promise<void> {
  await writeFile(path, bookLines(tape));
}

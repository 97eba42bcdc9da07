import { timeText } from "../../core/index.js";
import type { Recording } from "../../data/index.js";
import { type MimeBundle, type Table, table } from "../../display/index.js";
import { section } from "./section.js";

/** Orders and fills that are shown. */
const SHOWN = 5;

/** What a recording says of itself in a console. */
export function recordingText(recording: Recording): string {
  return recording.toString();
}

function kindTable({ rows }: Recording): Table {
  return table(
    Object.entries(rows).map(([kind, count]) => ({ kind, rows: count.toLocaleString("en-US") })),
    { align: { rows: "right" } },
  );
}

function fillTable({ fills }: Recording): Table {
  return table(
    fills.slice(-SHOWN).map(({ time, symbol, side, quantity, price, role, fee }) => ({
      time: timeText(time),
      symbol,
      side,
      quantity: quantity.toFixed(),
      price: price.toFixed(),
      role,
      fee: fee.toFixed(),
    })),
    { align: { quantity: "right", price: "right", fee: "right" } },
  );
}

/** A recording in a notebook: what it lacks first, then its sessions, how much it holds of each kind, and its newest fills. */
export function recordingBundle(recording: Recording): Promise<MimeBundle> {
  const [title = "", ...lines] = recording.describe();
  const missing = recording.losses.map((loss) => loss.message);
  const fills = recording.fills.length === 0 ? [] : [{ lines: [`newest of ${recording.fills.length} fills`] }, fillTable(recording)];
  return section(title, [
    { warnings: missing },
    { lines: lines.filter((line) => !line.startsWith("MISSING")) },
    kindTable(recording),
    ...fills,
  ]);
}

import type { VenueOrderStatus } from "../../core/index.js";

const OURS: ReadonlyMap<string, VenueOrderStatus> = new Map([
  ["Created", "pending"],
  ["PendingNew", "pending"],
  ["Triggered", "pending"],
  ["Untriggered", "untriggered"],
  ["New", "working"],
  ["PartiallyFilled", "partiallyFilled"],
  ["Filled", "filled"],
  ["Cancelled", "cancelled"],
  ["Canceled", "cancelled"],
  ["PartiallyFilledCanceled", "cancelled"],
  ["Deactivated", "cancelled"],
  ["Rejected", "rejected"],
]);

/**
 * Where an order stands. `PartiallyFilledCanceled` is final; a rejected order that has fills (Bybit reports such) is `cancelled`, since what is rejected never traded; a
 * state that we do not know is `unknown` and counts as open.
 */
export function statusOf(wire: string, filled: boolean): VenueOrderStatus {
  const status = OURS.get(wire) ?? "unknown";
  return status === "rejected" && filled ? "cancelled" : status;
}

/** A status as Bybit writes it. A cancelled order that has fills is `PartiallyFilledCanceled` on spot and `Cancelled` elsewhere. */
export function wireStatus(status: VenueOrderStatus, spot: boolean, filled: boolean): string {
  switch (status) {
    case "pending":
      return "Created";
    case "untriggered":
      return "Untriggered";
    case "working":
      return "New";
    case "partiallyFilled":
      return "PartiallyFilled";
    case "filled":
      return "Filled";
    case "rejected":
      return "Rejected";
    case "cancelled":
      return spot && filled ? "PartiallyFilledCanceled" : "Cancelled";
    default:
      return "Unknown";
  }
}

/** Whether nothing will happen to the order any more. `unknown` is never final. */
export function isFinal(status: VenueOrderStatus): boolean {
  return status === "filled" || status === "cancelled" || status === "rejected";
}

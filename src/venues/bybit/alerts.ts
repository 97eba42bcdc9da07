import type { VenueOrder } from "../../core/index.js";

/** Something that a person should look at. */
export interface Alert {
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** An order that was open and that the venue neither lists nor finds. */
export function orderVanished({ clientOrderId, venueOrderId }: VenueOrder): Alert {
  return {
    code: "ORDER_VANISHED",
    message: `Order ${clientOrderId || venueOrderId} was open and Bybit shows it no more; it still counts as open.`,
    details: { clientOrderId, venueOrderId },
  };
}

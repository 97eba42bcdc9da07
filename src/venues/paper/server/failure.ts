import type { VenueFailure } from "../../../core/index.js";

/** A request that the server refuses: becomes an envelope with Bybit's code. */
export class ServerRefusal extends Error {
  readonly retCode: number;
  readonly status: number;

  constructor(retCode: number, message: string, status = 200) {
    super(message);
    this.retCode = retCode;
    this.status = status;
  }
}

/** A refused outcome of the exchange, thrown as the answer of its request. */
export function refused(failure: VenueFailure): ServerRefusal {
  return new ServerRefusal(typeof failure.venueCode === "number" ? failure.venueCode : 10_001, failure.message);
}

/** What an event changed, as bits. */
export const CHANGED: { readonly position: 1; readonly orders: 2; readonly signals: 4; readonly state: 8 } = {
  position: 1,
  orders: 2,
  signals: 4,
  state: 8,
};

/** The engine's answer to one event; one reused object. Requests that leave wait in the engine's outbox. */
export class Audit {
  /** Number of the event, from 1. */
  sequence = 0;
  kind = 0;
  /** Bits of {@link CHANGED}. */
  changed = 0;
}

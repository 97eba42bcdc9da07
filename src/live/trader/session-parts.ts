import type { SessionWarning } from "../../state/index.js";
import type { StrategyDefinition } from "../../strategies/index.js";
import type { SessionMessage } from "../messages.js";
import type { ConnectedVenue, RecordedMarket, TraderClock, TradeSpec } from "./contracts.js";
import type { VenueStores } from "./venue-stores.js";

/** What a live session is opened with. */
export interface LiveSessionParts {
  readonly id: string;
  readonly statePath: string;
  readonly venueName: string;
  readonly strategy: StrategyDefinition;
  readonly params: Readonly<Record<string, unknown>>;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly warnings: readonly SessionWarning[];
  readonly trade: TradeSpec;
  readonly connected: ConnectedVenue;
  /** What the venue's connector keeps in the state file, if it does. */
  readonly stores?: VenueStores;
  readonly clock: TraderClock;
  readonly tell: (message: SessionMessage) => void;
  /** Plays the market, for a recorded one, and resolves at its end. It awaits `settled` after every event: by then what the event made leave has been answered. */
  readonly play?: (settled: () => Promise<void>) => Promise<void>;
  /** Of a recorded market: where it stands, so that a session can go on there. */
  readonly recorded?: RecordedMarket;
}

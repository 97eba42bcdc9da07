import type { LinkState } from "../core/index.js";
import type { ConnectivityEvent } from "./events.js";

/** State of the links to one venue. */
export interface VenueLinks {
  readonly market: LinkState;
  readonly account: LinkState;
}

/** The links of an engine to its venues, as it was told. */
export class Links {
  readonly #venues = new Map<string, { market: LinkState; account: LinkState }>();

  /** Takes in what a link has become; @returns whether that is news. */
  update({ venue, link, state }: ConnectivityEvent): boolean {
    let links = this.#venues.get(venue);
    if (links === undefined) {
      links = { market: "connecting", account: "connecting" };
      this.#venues.set(venue, links);
    }
    if (links[link] === state) return false;
    links[link] = state;
    return true;
  }

  /** The links of a venue; `connecting` before anything was heard of it. */
  of(venue: string): VenueLinks {
    return this.#venues.get(venue) ?? { market: "connecting", account: "connecting" };
  }

  /** Venues heard of, with their links. */
  all(): ReadonlyMap<string, VenueLinks> {
    return this.#venues;
  }

  /** Whether every link heard of is healthy. */
  get isHealthy(): boolean {
    for (const { market, account } of this.#venues.values()) if (market !== "healthy" || account !== "healthy") return false;
    return true;
  }
}

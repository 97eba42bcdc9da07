export { type PaperVenue, paper, type ReplayFeed, type ReplaySpeed, replay } from "./descriptor.js";
export { CandleMatcher } from "./matcher.js";
export { CANCEL, type MatchSettings, type MatchSink, type MatchTime, type QueueModel } from "./settings.js";

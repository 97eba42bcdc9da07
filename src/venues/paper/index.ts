export { type PaperVenue, paper, type ReplayFeed, type ReplaySpeed, replay } from "./descriptor.js";
export { CandleMatcher, type MatchSettings, type MatchSink, type MatchTime } from "./matcher.js";

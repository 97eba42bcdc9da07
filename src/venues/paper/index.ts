export { CandleMatcher, type MatchSettings, type MatchSink } from "./matcher.js";

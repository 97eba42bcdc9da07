export type { Alert } from "./alerts.js";
export { type CredentialSource, loadCredentials } from "./credentials.js";
export { type BybitConnection, type BybitConnectOptions, BybitDescriptor, bybit, createBybit } from "./descriptor.js";
export { type ExecutionLedger, type IntentStore, MemoryExecutions, MemoryIntents, sameRequest } from "./intents.js";
export { BybitMarket } from "./market.js";
export { BYBIT_ENVS, type BybitEnv, type BybitOptions, type BybitTiming, type BybitUrls, envOfHost } from "./options.js";
export type { BybitProfile, ProfileSource } from "./profile.js";
export { Secret } from "./secret.js";
export { BybitVenue } from "./venue.js";

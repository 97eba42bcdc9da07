export * from "./risk/index.js";
export * from "./sizers/index.js";

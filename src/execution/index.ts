export * from "./algorithms/index.js";
export * from "./compliance/index.js";
export * from "./orders/index.js";
export * from "./risk/index.js";
export * from "./router/index.js";
export * from "./sizers/index.js";

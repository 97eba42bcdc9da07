/** The front door: the helpers that cells have in scope. Everything else is an entry of its own, such as `tesserlab/core`. */
export * from "./lab/index.js";

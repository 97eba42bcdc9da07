export { checkFilters } from "./filters.js";

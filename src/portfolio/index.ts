export { FEE_SCHEDULES, type FeeRates, type FeeScheduleName, type FeesInput, feeRates, RatedAmount } from "./fees.js";
export { MaintenanceMargin } from "./margin.js";
export { Portfolio } from "./portfolio.js";
export { inverseAverage, valueUnits } from "./value.js";

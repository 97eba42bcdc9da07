export { FEE_SCHEDULES, type FeeRates, type FeesInput, feeRates, RatedAmount } from "./fees.js";
export { Portfolio } from "./portfolio.js";

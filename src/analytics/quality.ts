import { cancelReplaceLatency } from "./cancel-replace-latency.js";
import { fillRate } from "./fill-rate.js";
import { implementationShortfall } from "./implementation-shortfall.js";
import { algorithmQuality, orderQuality, routeFamily } from "./order-quality.js";
import { requestLatencies } from "./request-latencies.js";
import { vwapSlippage } from "./vwap-slippage.js";

/**
 * Execution quality in scope of cells: what executing cost, order by order (`quality.orders(run)`) and by algorithm (`quality.algorithms(run)`), and
 * how long requests took (`quality.latencies(state.session(path, id))`).
 */
export const quality: {
  orders: typeof orderQuality;
  algorithms: typeof algorithmQuality;
  routeFamily: typeof routeFamily;
  implementationShortfall: typeof implementationShortfall;
  vwapSlippage: typeof vwapSlippage;
  fillRate: typeof fillRate;
  latencies: typeof requestLatencies;
  cancelReplaceLatency: typeof cancelReplaceLatency;
} = Object.freeze({
  orders: orderQuality,
  algorithms: algorithmQuality,
  routeFamily,
  implementationShortfall,
  vwapSlippage,
  fillRate,
  latencies: requestLatencies,
  cancelReplaceLatency,
});

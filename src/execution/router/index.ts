import { type RouterConfigInput, routerConfig } from "./config.js";
import { routerConfigFromEnv } from "./env.js";
import type { RouterOptions } from "./options.js";
import { orderSide, tickSize } from "./prices.js";
import { Router } from "./router.js";

export {
  ENTRY_MISSES,
  type EntryMiss,
  RETRY_EXHAUSTS,
  type RetryExhaust,
  ROUTER_DEFAULTS,
  ROUTER_STYLES,
  type RouterConfig,
  type RouterConfigInput,
  type RouterStyle,
  routerConfig,
} from "./config.js";
export { ROUTER_COUNTERS, type RouterCounters } from "./counters.js";
export { ROUTER_ENV_PREFIX, type RouterEnvConfig, type RouterWarning, routerConfigFromEnv } from "./env.js";
export {
  HOOK_STAGES,
  type HookContext,
  type HookFailure,
  type HookStage,
  type RouterHook,
  type RouterHooks,
  routerHooks,
} from "./hooks.js";
export { type RouterGuard, type RouterOptions, RouterSnapshot } from "./options.js";
export type { ExecutionPlan, ExitIntent, PlanMetadata, RouterIntent, WorkingRef } from "./plan.js";
export { orderSide, type PositionSide, type RouterAction, tickSize } from "./prices.js";
export type { FillNote, RouterOrder } from "./registry.js";
export { Router } from "./router.js";

/**
 * Makes a router to ask by hand: `planEntry`, `registerWorking`, `expired`, `entryMissAction`…
 * @example router.create({ style: "maker_both", entryMiss: "retry" }).planEntry({ tradeId: "t1", asset: "BTCUSDT", side: "LONG", referencePrice: "60000" })
 * @throws LabError `OPTION_UNKNOWN`, `ROUTER_INVALID`.
 */
function create(config: RouterConfigInput = {}, options: RouterOptions = {}): Router {
  return new Router(config, options);
}

/** The maker/taker router in scope of cells. */
export const router: {
  readonly create: typeof create;
  readonly config: typeof routerConfig;
  readonly configFromEnv: typeof routerConfigFromEnv;
  readonly orderSide: typeof orderSide;
  readonly tickSize: typeof tickSize;
} = Object.freeze({ create, config: routerConfig, configFromEnv: routerConfigFromEnv, orderSide, tickSize });

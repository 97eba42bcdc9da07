import { Decimal, decimal } from "../core/index.js";
import type { LoadedStrategy } from "../handoff/index.js";
import type { Config, LiveOptions } from "../live/index.js";
import type { Invocation } from "./command.js";

/** Flag, key of the configuration and limit that mean the same. */
const LIMITS = [
  ["risk-max-order-qty", "max_order_quantity", "maxOrderQuantity"],
  ["risk-max-position-qty", "max_position_quantity", "maxPositionQuantity"],
  ["risk-max-order-notional", "max_order_notional", "maxOrderNotional"],
] as const;

/**
 * The limits of a session. A flag says what holds. Without one the tighter of what the strategy file was tested with and what somebody has configured; what is built in
 * holds only where neither says anything.
 * @returns undefined where the strategy file's own limits hold as they are.
 * @throws LabError `DECIMAL_INVALID` for a flag that is no number.
 */
export function riskOf(
  { text }: Pick<Invocation, "text">,
  config: Config,
  { settings }: Pick<LoadedStrategy, "settings">,
): LiveOptions["risk"] {
  const own = (settings.risk ?? {}) as Readonly<Record<string, string>>;
  const limits: Record<string, string> = { ...own };
  for (const [flag, key, name] of LIMITS) {
    const path = `risk_management.${key}`;
    const given = text(flag);
    const configured = config.decimal(path);
    const isSet = config.where(path) !== "built in";
    const tested = own[name] === undefined ? new Decimal(0) : new Decimal(own[name]);
    const limit =
      given !== undefined ? decimal(given, `--${flag}`) : tested.isZero() ? configured : isSet ? tighter(tested, configured) : tested;
    if (limit.isZero()) delete limits[name];
    else limits[name] = limit.toFixed();
  }
  const same = settings.risk !== undefined && Object.keys({ ...own, ...limits }).every((name) => own[name] === limits[name]);
  return same ? undefined : limits;
}

/** The smaller of two limits; 0 is none. */
const tighter = (one: Decimal, other: Decimal): Decimal => (one.isZero() ? other : other.isZero() ? one : Decimal.min(one, other));

/** The fall of equity from which only reducing orders leave: by the flag, else as somebody has configured it, else the strategy file's, else what is built in. */
export function drawdownOf({ text }: Pick<Invocation, "text">, config: Config, { settings }: Pick<LoadedStrategy, "settings">): string {
  const path = "risk_management.max_drawdown";
  const own = (settings.risk as Readonly<Record<string, string>> | undefined)?.maxDrawdown;
  return text("risk-max-drawdown") ?? (config.where(path) === "built in" ? own : undefined) ?? config.text(path)!;
}

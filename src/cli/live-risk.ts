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
  for (const [flag, key, name] of LIMITS) set(limits, name, limitOf(text, config, flag, key, own[name]));
  // Tested with a kill switch, the checker has one too: a flag holds for both.
  if (text("risk-max-drawdown") !== undefined && own.maxDrawdown !== undefined)
    set(limits, "maxDrawdown", limitOf(text, config, "risk-max-drawdown", "max_drawdown", own.maxDrawdown));
  const same = settings.risk !== undefined && Object.keys({ ...own, ...limits }).every((name) => own[name] === limits[name]);
  return same ? undefined : limits;
}

/** A limit of 0 is none. */
function set(limits: Record<string, string>, name: string, limit: Decimal): void {
  if (limit.isZero()) delete limits[name];
  else limits[name] = limit.toFixed();
}

/** A flag holds; else the tighter of the strategy file's and what is configured; what is built in only where the file says nothing. */
function limitOf(text: Invocation["text"], config: Config, flag: string, key: string, own: string | undefined): Decimal {
  const given = text(flag);
  if (given !== undefined) return decimal(given, `--${flag}`);
  const path = `risk_management.${key}`;
  const [tested, configured] = [new Decimal(own ?? 0), config.decimal(path)];
  if (tested.isZero()) return configured;
  return config.where(path) === "built in" ? tested : tighter(tested, configured);
}

/** The smaller of two limits; 0 is none. */
const tighter = (one: Decimal, other: Decimal): Decimal => (other.isZero() ? one : Decimal.min(one, other));

/** The fall of equity from which only reducing orders leave, by the same rule. @throws LabError `DECIMAL_INVALID` for a flag that is no number. */
export function drawdownOf({ text }: Pick<Invocation, "text">, config: Config, { settings }: Pick<LoadedStrategy, "settings">): string {
  const own = (settings.risk as Readonly<Record<string, string>> | undefined)?.maxDrawdown;
  return limitOf(text, config, "risk-max-drawdown", "max_drawdown", own).toFixed();
}

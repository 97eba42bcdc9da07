import type { AnyStrategy, RunWarning } from "../backtest/index.js";
import { LabError } from "../errors/index.js";
import { paramsSha256, settingsSha256 } from "./fingerprint.js";
import { fileIdentities } from "./param-files.js";
import type { Provenance } from "./provenance.js";
import type { StrategySettings } from "./settings.js";

/**
 * What a file's record says about what it would trade: `ok`, the strategy and parameters are those that were tested; `edited`, they are not;
 * `missing`, there is no record.
 */
export type Trust = "ok" | "edited" | "missing";

/** The outcome of comparing a file with its own provenance. */
export interface ParamsVerdict {
  readonly status: Trust;
  /** Hash of strategy and parameters: as recorded, and as the file says now. */
  readonly recorded: string | undefined;
  readonly found: string;
  /** The same comparison for `[execution]` and `[risk_management]`; editing those is allowed and warned about. */
  readonly settings: Trust;
  /** One sentence. */
  readonly message: string;
}

/** What a verdict is made from. */
export interface Checkable {
  readonly strategy: AnyStrategy;
  readonly params: Readonly<Record<string, unknown>>;
  readonly settings: StrategySettings;
  readonly provenance: Provenance | undefined;
  /** Hash of the strategy's module: as it is, and as the file names it. */
  readonly moduleSha256?: string | undefined;
  readonly namedModuleSha256?: string | undefined;
}

/** Compares what a file says now with what its provenance recorded. Never throws: the outcome is a value. */
export function checkProvenance(loaded: Checkable): ParamsVerdict {
  const { strategy, params, settings, provenance, moduleSha256, namedModuleSha256 } = loaded;
  const found = paramsSha256(strategy, params, moduleSha256);
  const recorded = provenance?.paramsSha256 || undefined;
  const tested = provenance?.settingsSha256;
  const settingsTrust: Trust = tested === undefined ? "missing" : tested === settingsSha256(settings) ? "ok" : "edited";
  const verdict = (status: Trust, message: string): ParamsVerdict =>
    Object.freeze({ status, recorded, found, settings: settingsTrust, message });
  if (namedModuleSha256 !== undefined && namedModuleSha256 !== moduleSha256)
    return verdict("edited", `The module of ${strategy.name} was edited after it was exported.`);
  if (recorded === undefined) return verdict("missing", `Nothing records that ${strategy.name} was ever tested with these parameters.`);
  const now = fileIdentities(strategy.params, params);
  const changed = provenance?.files?.find(({ param, sha256 }) => now.find((file) => file.param === param)?.sha256 !== sha256);
  if (changed !== undefined)
    return verdict("edited", `The file that ${changed.param} names is not the one ${strategy.name} was tested with: ${changed.file}.`);
  if (recorded !== found) return verdict("edited", `The strategy or its parameters were edited after ${strategy.name} was tested.`);
  return verdict("ok", `${strategy.name} and its parameters are those that were tested.`);
}

/** Deflated Sharpe ratio below which a result is likely noise; the same bound as a study's verdict. */
const OVERFITTING = 0.8;

/** Where a strategy is to trade, and what the caller takes on themselves. */
export interface TradeIntent {
  /** `paper`, or `live` for a real venue. */
  venue: "paper" | "live";
  /** Trade although strategy or parameters were edited after they were tested. */
  allowEdited?: boolean;
  /** Trade on a real venue although nothing records a test. */
  allowUnproven?: boolean;
}

/**
 * Refuses to trade what was not tested.
 * @returns warnings to show before the first order.
 * @throws LabError `STRATEGY_EDITED` unless `allowEdited`; `STRATEGY_UNPROVEN` on a real venue unless `allowUnproven`.
 */
export function assertTradable(
  loaded: { readonly path: string; verify(): ParamsVerdict; readonly provenance: Provenance | undefined },
  intent: TradeIntent,
): readonly RunWarning[] {
  const verdict = loaded.verify();
  const { venue, allowEdited = false, allowUnproven = false } = intent;
  if (venue !== "paper" && venue !== "live") throw new LabError("OPTION_INVALID", `venue is paper or live, got '${String(venue)}'.`);
  const warnings: RunWarning[] = [];
  const details = { path: loaded.path, status: verdict.status, recorded: verdict.recorded, found: verdict.found };
  if (verdict.status === "edited") {
    if (!allowEdited)
      throw new LabError("STRATEGY_EDITED", `${loaded.path}: ${verdict.message} Test it again and export, or pass allowEdited: true.`, {
        details,
      });
    warnings.push({ code: "STRATEGY_EDITED", message: verdict.message });
  }
  if (verdict.recorded === undefined) {
    if (venue === "live" && !allowUnproven)
      throw new LabError(
        "STRATEGY_UNPROVEN",
        `${loaded.path}: ${verdict.message} Export it from a backtest or a study, or pass allowUnproven: true.`,
        { details },
      );
    warnings.push({ code: "STRATEGY_UNPROVEN", message: verdict.message });
  }
  if (verdict.settings === "edited") warnings.push(SETTINGS_EDITED);
  const deflated = loaded.provenance?.deflatedSharpe;
  if (deflated !== undefined && deflated < OVERFITTING)
    warnings.push({
      code: "OVERFITTING",
      message: `Its deflated Sharpe ratio is ${deflated.toFixed(2)}: the best of as many trials without any skill looks about as good.`,
    });
  if (loaded.provenance?.data.some((data) => data.synthetic) === true)
    warnings.push({ code: "SYNTHETIC_DATA", message: "It was tested on made-up data, not on recorded prices." });
  return Object.freeze(warnings);
}

/** Why a result may not repeat though the parameters are untouched. */
export const SETTINGS_EDITED: RunWarning = Object.freeze({
  code: "SETTINGS_EDITED",
  message: "[execution] or [risk_management] differ from what was tested; the recorded result does not hold for them.",
});

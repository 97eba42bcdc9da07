import * as analytics from "../analytics/index.js";
import { quality } from "../analytics/index.js";
import * as charts from "../charts/index.js";
import { Decimal, decimal, instrument, ratio } from "../core/index.js";
import { figure, progress, show, table } from "../display/index.js";
import { LabError } from "../errors/index.js";
import { algos, compliance, defineAlgorithm, defineRisk, defineSizer, handleSignal, risk, router, sizers } from "../execution/index.js";
import { diffStrategy, exportStrategy, loadStrategy, reproduce } from "../handoff/index.js";
import { defineIndicator } from "../indicators/index.js";
import { FEE_SCHEDULES, feeRates } from "../portfolio/index.js";
import { defineStrategy, param } from "../strategies/index.js";
import { choice, range } from "../tune/index.js";
import { defineVenue } from "../venues/custom/index.js";
import { paper, replay } from "../venues/paper/index.js";
import { backtest } from "./backtest.js";
import { bybit } from "./bybit.js";
import { compare } from "./compare.js";
import { data } from "./data.js";
import { engine } from "./engine.js";
import { indicators } from "./indicators.js";
import { live } from "./live.js";
import { installRules } from "./rules/install.js";
import { state } from "./state.js";
import { strategies } from "./strategies.js";
import { installStudyMethods } from "./study-methods.js";
import { trainClassifier } from "./train-classifier.js";
import { tune } from "./tune.js";
import { walkForward } from "./walk-forward.js";
import { watch } from "./watch.js";

installRules();
installStudyMethods();

/** Fee schedules: `fees.schedules` names them, `fees.rates("bybit-linear")` reads one. */
export const fees: {
  /** Names that the option `fees` accepts. */
  readonly schedules: readonly string[];
  readonly rates: typeof feeRates;
} = Object.freeze({
  schedules: FEE_SCHEDULES,
  rates: feeRates,
});

export {
  algos,
  analytics,
  backtest,
  bybit,
  charts,
  choice,
  compare,
  compliance,
  Decimal,
  data,
  decimal,
  defineAlgorithm,
  defineIndicator,
  defineRisk,
  defineSizer,
  defineStrategy,
  defineVenue,
  diffStrategy,
  engine,
  exportStrategy,
  figure,
  handleSignal,
  indicators,
  instrument,
  LabError,
  live,
  loadStrategy,
  paper,
  param,
  progress,
  quality,
  range,
  ratio,
  replay,
  reproduce,
  risk,
  router,
  show,
  sizers,
  state,
  strategies,
  table,
  trainClassifier,
  tune,
  walkForward,
  watch,
};

/** Everything that cells have in scope, by name: a new helper is a file and a line here. */
export function scope(): Record<string, unknown> {
  return {
    algos,
    analytics,
    backtest,
    bybit,
    charts,
    choice,
    compare,
    compliance,
    data,
    Decimal,
    decimal,
    defineAlgorithm,
    defineIndicator,
    defineRisk,
    defineSizer,
    defineStrategy,
    defineVenue,
    diffStrategy,
    engine,
    exportStrategy,
    fees,
    figure,
    handleSignal,
    indicators,
    instrument,
    LabError,
    live,
    loadStrategy,
    paper,
    param,
    progress,
    quality,
    range,
    ratio,
    replay,
    reproduce,
    risk,
    router,
    show,
    sizers,
    state,
    strategies,
    table,
    trainClassifier,
    tune,
    walkForward,
    watch,
  };
}

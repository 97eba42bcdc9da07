import { TradingSummary } from "../../analytics/index.js";
import { BacktestRun, Explanation } from "../../backtest/index.js";
import { CandleSeries, MarketTape } from "../../core/index.js";
import { Recording } from "../../data/index.js";
import { escapeHtml, type MimeBundle } from "../../display/index.js";
import { ComplianceReport, HandledSignal, RouterSnapshot } from "../../execution/index.js";
import { LoadedStrategy } from "../../handoff/index.js";
import { SessionComparison, SessionHandle } from "../../live/index.js";
import { SessionView, TesserView } from "../../state/index.js";
import { Study, Trial, WalkForward } from "../../tune/index.js";
import { BybitVenue } from "../../venues/bybit/index.js";
import { PaperVenue } from "../../venues/paper/index.js";
import { TrainedClassifier } from "../train-classifier.js";
import { attachDisplay } from "./attach.js";
import { candleBundle, candleText } from "./candles.js";
import { classifierBundle, classifierText } from "./classifier.js";
import { explanationBundle, explanationText } from "./explanation.js";
import { complianceBundle, complianceText, handledBundle, handledText } from "./order-checks.js";
import { recordingBundle, recordingText } from "./recording.js";
import { routerBundle, routerText } from "./router.js";
import { runBundle, runText } from "./run.js";
import {
  comparisonBundle,
  comparisonText,
  sessionBundle,
  sessionText,
  stateBundle,
  stateText,
  strategyFileText,
  tesserBundle,
  tesserText,
} from "./session.js";
import { studyBundle, studyText, trialText } from "./study.js";
import { tapeBundle, tapeText } from "./tape.js";
import { tradingSummaryBundle, tradingSummaryText } from "./trading-summary.js";
import { venueBundle, venueText } from "./venue.js";
import { walkForwardBundle, walkForwardText } from "./walk-forward.js";

/** Text that keeps its lines in a notebook. */
function lines(text: string): MimeBundle {
  return { "text/html": `<pre style="margin:0">${escapeHtml(text)}</pre>`, "text/plain": text };
}

/** How every result is shown: one line a class. Called once, when the helpers are loaded. */
export function installRules(): void {
  attachDisplay(CandleSeries, { text: candleText, bundle: candleBundle });
  attachDisplay(MarketTape, { text: tapeText, bundle: tapeBundle });
  attachDisplay(Recording, { text: recordingText, bundle: recordingBundle });
  attachDisplay(TrainedClassifier, { text: classifierText, bundle: classifierBundle });
  attachDisplay(BacktestRun, { text: runText, bundle: runBundle });
  attachDisplay(Explanation, { text: explanationText, bundle: explanationBundle });
  attachDisplay(TradingSummary, { text: tradingSummaryText, bundle: tradingSummaryBundle });
  attachDisplay(HandledSignal, { text: handledText, bundle: handledBundle });
  attachDisplay(ComplianceReport, { text: complianceText, bundle: complianceBundle });
  attachDisplay(RouterSnapshot, { text: routerText, bundle: routerBundle });
  attachDisplay(Study, { text: studyText, bundle: studyBundle });
  attachDisplay(WalkForward, { text: walkForwardText, bundle: walkForwardBundle });
  attachDisplay(Trial, { text: trialText, bundle: (trial) => lines(trialText(trial)) });
  attachDisplay(SessionHandle, { text: sessionText, bundle: sessionBundle });
  attachDisplay(SessionComparison, { text: comparisonText, bundle: comparisonBundle });
  attachDisplay(SessionView, { text: stateText, bundle: stateBundle });
  attachDisplay(TesserView, { text: tesserText, bundle: tesserBundle });
  attachDisplay(PaperVenue, { text: venueText, bundle: venueBundle });
  attachDisplay(BybitVenue, { text: venueText, bundle: venueBundle });
  attachDisplay(LoadedStrategy, { text: strategyFileText, bundle: (file) => lines(strategyFileText(file)) });
}

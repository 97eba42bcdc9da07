import type { Figure } from "../display/index.js";
import { Study } from "../tune/index.js";
import { studyCurve, studyHeatmap } from "./rules/study.js";

declare module "../tune/study.js" {
  interface Study {
    /** Scores over two searched parameters, the best cell marked. */
    heatmap(x?: string, y?: string): Figure;
    /** Score against one parameter, the others at the best trial's values. */
    curve(param: string): Figure;
  }
}

/** Gives studies their charts: the search itself knows nothing of drawing. */
export function installStudyCharts(): void {
  Object.defineProperties(Study.prototype, {
    heatmap: {
      configurable: true,
      value(this: Study, x?: string, y?: string) {
        return studyHeatmap(this, x, y);
      },
    },
    curve: {
      configurable: true,
      value(this: Study, param: string) {
        return studyCurve(this, param);
      },
    },
  });
}

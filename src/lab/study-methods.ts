import type { Figure } from "../display/index.js";
import { type SearchControls, Study } from "../tune/index.js";
import { studyCurve, studyHeatmap } from "./rules/study.js";
import { watchedStudy } from "./watched.js";

declare module "../tune/study.js" {
  interface Study {
    /** Scores over two searched parameters, the first two unless given, the best cell marked. @throws LabError `STUDY_AXES`, `PARAM_NOT_SEARCHED`. */
    heatmap(x?: string, y?: string): Figure;
    /** Score against one searched parameter, the others at the best trial's values. @throws LabError `PARAM_NOT_SEARCHED`, `STUDY_NO_BEST`. */
    curve(param: string): Figure;
  }
}

/** Gives studies what the search itself knows nothing of: their charts, and a `resume` that cells can watch and interrupt. */
export function installStudyMethods(): void {
  const { resume } = Study.prototype;
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
    resume: {
      configurable: true,
      writable: true,
      value(this: Study, controls: SearchControls = {}) {
        return watchedStudy(controls, (all) => resume.call(this, all));
      },
    },
  });
}

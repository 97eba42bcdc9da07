export { LabError, type LabErrorCode } from "./lab-error.js";
export { suggest, unknownName } from "./suggest.js";
export { hasMembers, wrongInput } from "./wrong-input.js";

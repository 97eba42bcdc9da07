export { LabError, type LabErrorCode } from "./lab-error.js";
export { suggest, unknownName } from "./suggest.js";
export { assertKeys, assertSwitch, hasMembers, wrongInput } from "./wrong-input.js";

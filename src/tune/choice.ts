import { LabError } from "../errors/index.js";

/**
 * Values to choose among, in the order given: `choice("percent", "fixed")`. The same as a list, for spaces that read better with it.
 * @throws LabError `CHOICE_INVALID` without values, or for one list given in place of its values.
 */
export function choice<T>(...values: readonly T[]): readonly T[] {
  if (values.length === 0) throw new LabError("CHOICE_INVALID", "choice() needs at least one value, as in choice(10, 20, 50).");
  if (values.length === 1 && Array.isArray(values[0]))
    throw new LabError("CHOICE_INVALID", "choice takes values, not a list: write choice(10, 20, 50), or give the list itself.");
  return Object.freeze([...values]);
}

import fc from "fast-check";

/**
 * The cases of property tests are the same in every run, so that a test that fails tells of the change before it and not of the luck of its run. `TESSERLAB__SEED` takes
 * others: a whole number, or `random`.
 */
const { TESSERLAB__SEED: asked = "1" } = process.env;
const seed = Number(asked);
if (asked !== "random" && !Number.isInteger(seed)) throw new Error(`TESSERLAB__SEED is a whole number or 'random', got '${asked}'.`);
// Sessions that tests start would report a variable that is no key of theirs.
delete process.env.TESSERLAB__SEED;
if (asked !== "random") fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });

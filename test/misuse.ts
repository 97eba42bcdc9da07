import { expect } from "vitest";
import { LabError } from "../src/errors/index.js";

/** Asserts that something is misuse of that code, and that its message says what a reader needs. */
export function expectMisuse(act: () => unknown, code: string, message?: RegExp | string): void {
  let thrown: unknown;
  try {
    act();
  } catch (error) {
    thrown = error;
  }
  expect(thrown, `expected ${code}`).toBeInstanceOf(LabError);
  expect((thrown as LabError).code, String(thrown)).toBe(code);
  if (message !== undefined) expect((thrown as LabError).message).toMatch(message);
}

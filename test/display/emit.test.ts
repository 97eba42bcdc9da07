import { createRequire } from "node:module";
import { afterEach, describe, expect, test, vi } from "vitest";
import { emit, inNotebook, show, table } from "../../src/display/index.js";

const HOST = Symbol.for("tesserlab.host");
const scope = globalThis as Record<symbol, unknown>;
const require = createRequire(import.meta.url);

afterEach(() => {
  delete scope[HOST];
  vi.restoreAllMocks();
});

describe("emit", () => {
  test("prints the text outside of notebooks, nothing for an empty bundle", () => {
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    expect(inNotebook()).toBe(false);
    emit({ "text/html": "<b>1</b>", "text/plain": "one" });
    emit({});
    const texts = write.mock.calls.map(([text]) => text);
    write.mockRestore();
    expect(texts).toEqual(["one\n"]);
  });

  test("uses the kernel's host with id and update", async () => {
    const calls: unknown[][] = [];
    scope[HOST] = { display: (...args: unknown[]) => calls.push(args) };
    expect(inNotebook()).toBe(true);
    await show(table({ a: [1] }), { id: "x", update: true });
    expect(calls).toEqual([[table({ a: [1] }).toBundle(), { id: "x", update: true }]]);
  });

  test("sends whole bundles through a running stock tslab", () => {
    const jupyter = require("tslab/dist/jupyter") as { lastWriteDisplayData: unknown };
    const calls: unknown[][] = [];
    jupyter.lastWriteDisplayData = (...args: unknown[]) => calls.push(args);
    try {
      emit({ "text/html": "<b>1</b>", "text/plain": "one" }, { id: "p", update: true });
      emit({ "text/plain": "two" });
    } finally {
      jupyter.lastWriteDisplayData = null;
    }
    expect(calls).toEqual([
      [{ data: { "text/html": "<b>1</b>", "text/plain": "one" }, metadata: {}, transient: { display_id: "p" } }, true],
      [{ data: { "text/plain": "two" }, metadata: {}, transient: {} }, false],
    ]);
    expect(inNotebook()).toBe(false);
  });
});

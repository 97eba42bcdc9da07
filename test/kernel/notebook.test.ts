import fc from "fast-check";
import { expect, test } from "vitest";
import { notebookText, OutputCollector, parseNotebook } from "../../src/kernel/index.js";

const code = (extra: object = {}): object => ({
  cell_type: "code",
  id: "a",
  metadata: {},
  source: "1",
  outputs: [],
  execution_count: null,
  ...extra,
});
const book = (...cells: object[]): object => ({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells });

test("text is lines with their ends, keys are in Jupyter's order, JSON types stay values", () => {
  const data = { "text/plain": ["a\n", "b"], "application/vnd.plotly.v1+json": { data: [] }, "image/png": "iVBO\n" };
  const text = notebookText(
    parseNotebook(book(code({ source: ["x\n", "y"], outputs: [{ output_type: "display_data", data, metadata: {} }] }))),
  );
  expect(text).toBe(`{
 "cells": [
  {
   "cell_type": "code",
   "execution_count": null,
   "id": "a",
   "metadata": {},
   "outputs": [
    {
     "data": {
      "application/vnd.plotly.v1+json": {
       "data": []
      },
      "image/png": "iVBO\\n",
      "text/plain": [
       "a\\n",
       "b"
      ]
     },
     "metadata": {},
     "output_type": "display_data"
    }
   ],
   "source": [
    "x\\n",
    "y"
   ]
  }
 ],
 "metadata": {},
 "nbformat": 4,
 "nbformat_minor": 5
}
`);
});

test("what is written reads back the same, byte for byte", () => {
  const cell = fc.record({
    cell_type: fc.constant("markdown"),
    id: fc.stringMatching(/^[a-z]{8}$/),
    metadata: fc.constant({ tags: ["x"] }),
    source: fc.string(),
  });
  fc.assert(
    fc.property(fc.uniqueArray(cell, { selector: ({ id }) => id }), (cells) => {
      const text = notebookText(parseNotebook(book(...cells)));
      expect(notebookText(parseNotebook(JSON.parse(text)))).toBe(text);
      expect(parseNotebook(JSON.parse(text)).cells.map(({ source }) => source)).toEqual(cells.map(({ source }) => source));
    }),
  );
});

test("cells without ids, or with the same, get their own", () => {
  const ids = parseNotebook(book(code({ id: undefined }), code(), code())).cells.map(({ id }) => id);
  expect(new Set(ids).size).toBe(3);
  expect(ids[1]).toBe("a");
});

test.each([
  [[], "NOTEBOOK_INVALID", "the file must be a JSON object"],
  [{}, "NOTEBOOK_INVALID", "no nbformat"],
  [{ nbformat: 3, worksheets: [] }, "NOTEBOOK_VERSION", "nbformat 3"],
  [{ nbformat: 4 }, "NOTEBOOK_INVALID", "cells must be an array"],
  [book(code({ source: 5 })), "NOTEBOOK_INVALID", "cells[0].source"],
  [book(code({ cell_type: "heading" })), "NOTEBOOK_INVALID", "cells[0].cell_type"],
  [book(code({ outputs: [{ output_type: "pyout" }] })), "NOTEBOOK_INVALID", "cells[0].outputs[0]"],
])("%j is refused", (json, code, part) => {
  expect(() => parseNotebook(json)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(part) }));
});

test("updates reach every output of their id, in whatever cell; clear waits if asked to", () => {
  const outputs = new OutputCollector();
  outputs.add("a", { type: "display_data", data: { "text/plain": "0" }, displayId: "p" });
  outputs.add("b", { type: "display_data", data: { "text/plain": "0" }, displayId: "p" });
  outputs.add("b", { type: "update_display_data", data: { "text/plain": "9" }, displayId: "p" });
  expect([...outputs.of("a"), ...outputs.of("b")].map((output) => "data" in output && output.data)).toEqual([
    { "text/plain": "9" },
    { "text/plain": "9" },
  ]);
  outputs.add("a", { type: "clear_output", wait: true });
  expect(outputs.of("a")).toHaveLength(1);
  outputs.add("a", { type: "stream", name: "stdout", text: "x" });
  expect(outputs.of("a")).toEqual([{ output_type: "stream", name: "stdout", text: "x" }]);
  outputs.add("b", { type: "clear_output", wait: false });
  expect(outputs.of("b")).toEqual([]);
});

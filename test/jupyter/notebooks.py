"""Notebooks through nbclient: nothing lost, nothing under the wrong cell, errors as the client expects them."""

import sys

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from report import check, equal


def notebook(cells):
    made = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "tesserlab", "display_name": "Tesserlab", "language": "typescript"}})
    made.cells = [nbformat.v4.new_code_cell(source) for source in cells]
    return made


def run(cells, **options):
    made = notebook(cells)
    NotebookClient(made, kernel_name="tesserlab", timeout=60, **options).execute()
    nbformat.validate(made)
    return made


def text(cell, name="stdout"):
    return "".join(o["text"] for o in cell.outputs if o.output_type == "stream" and o.name == name)


def results(cell):
    return [o["data"]["text/plain"] for o in cell.outputs if o.output_type == "execute_result"]


def hundred_cells():
    """Each cell prints on both streams, displays, redeclares and has a result; every tenth waits in between."""
    source = """
const n = %d
let total = (typeof sum === "undefined" ? 0 : sum) + n
var sum = total
console.log("out", n); console.error("err", n)
%s
display({ [Symbol.for("Jupyter.display")]: () => ({ "text/html": `<i>${n}</i>`, "text/plain": `shown ${n}` }) })
console.log("after", n);
`${n}:${total}`
"""
    made = run([source % (k, "await new Promise((done) => setTimeout(done, 5))" if k % 10 == 0 else "") for k in range(100)])
    for k, cell in enumerate(made.cells):
        equal(cell.execution_count, k + 1, f"execution count of cell {k}")
        equal(text(cell), f"out {k}\nafter {k}\n", f"stdout of cell {k}")
        equal([line for line in text(cell, "stderr").splitlines() if line], [f"err {k}"], f"stderr of cell {k}")
        equal([o["data"]["text/html"] for o in cell.outputs if o.output_type == "display_data"], [f"<i>{k}</i>"], f"displays of cell {k}")
        equal(results(cell), [f"{k}:{k * (k + 1) // 2}"], f"result of cell {k}")


def many_lines():
    made = run(['for (let i = 0; i < 20_000; i++) console.log("line", i)', "'next'"])
    lines = text(made.cells[0]).splitlines()
    equal(len(lines), 20_000, "lines")
    equal(lines, [f"line {i}" for i in range(20_000)], "lines in order")
    equal(text(made.cells[1]), "", "stray lines under the next cell")
    equal(results(made.cells[1]), ["next"], "the next cell")


def error_stops():
    made = notebook(["let before = 1", 'function risky(): never {\n  throw new RangeError("too far")\n}\nrisky()', "'not reached'"])
    try:
        NotebookClient(made, kernel_name="tesserlab", timeout=60).execute()
    except CellExecutionError as error:
        equal((error.ename, error.evalue), ("RangeError", "too far"), "the client's error")
    else:
        raise AssertionError("nbclient saw no error")
    output = made.cells[1].outputs[-1]
    equal(output.output_type, "error", "the cell's last output")
    traceback = "\n".join(output.traceback)
    for needle in ("RangeError", "too far", "risky"):
        if needle not in traceback:
            raise AssertionError(f"'{needle}' is not in the traceback:\n{traceback}")
    if "node:internal" in traceback or "/dist/" in traceback:
        raise AssertionError(f"the traceback shows the kernel's inside:\n{traceback}")
    equal(made.cells[2].outputs, [], "the cell after the error")
    return {"traceback": traceback}


def errors_allowed():
    """No cell after an error may be skipped when the client allows errors."""
    cells = ["throw new Error('a')", "1", "const = 2", "2", "null!.x", "3", "await Promise.reject(new TypeError('b'))", "4", "throw 'text'", "5"]
    made = run(cells, allow_errors=True)
    equal([results(cell) for cell in made.cells[1::2]], [[str(k)] for k in range(1, 6)], "cells between errors")
    kinds = [[o.ename for o in cell.outputs if o.output_type == "error"] for cell in made.cells[0::2]]
    equal([len(k) for k in kinds], [1] * 5, "errors")
    equal([kinds[0][0], kinds[1][0], kinds[2][0], kinds[3][0]], ["Error", "SyntaxError", "TypeError", "TypeError"], "error names")


def tutorial(path):
    """The notebook itself, as a user of nbclient runs it."""
    made = nbformat.read(path, as_version=4)
    NotebookClient(made, kernel_name="tesserlab", timeout=120).execute()
    nbformat.validate(made)
    return {"cells": len(made.cells)}


if __name__ == "__main__":
    check("100 cells, nothing lost", hundred_cells)
    check("20,000 lines", many_lines)
    check("an error stops the run", error_stops)
    check("allowed errors skip nothing", errors_allowed)
    for path in sys.argv[1:]:
        check(f"notebook {path.rsplit('/', 1)[-1]}", lambda: tutorial(path))

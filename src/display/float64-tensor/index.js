"use strict";

/*
 * danfojs-node does its frame arithmetic through tfjs-node and asks for float32: add(0) makes 64250.37 into 64250.37109375, and two
 * timestamps a minute apart become equal. This package stands in for tfjs-node (package.json of the repository says so) with exactly what
 * danfojs-node 1.2.0 calls, in doubles. It is CommonJS because danfojs requires it, and throws plain Errors because it is a package of its own.
 */

const { Tensor } = require("./tensor.js");
require("./arithmetic.js");
const { moments } = require("./statistics.js");
const data = require("./dataset.js");

const dtypeOf = (first) => (typeof first === "string" ? "string" : typeof first === "boolean" ? "bool" : "float64");

/** A vector; the dtype is inferred from the first value unless given. */
const tensor1d = (values, dtype = dtypeOf(values[0])) => new Tensor(values, [values.length], dtype);

/** A matrix from rows, or from a flat list and a shape. */
function tensor2d(values, shape, dtype) {
  const nested = Array.isArray(values[0]) || ArrayBuffer.isView(values[0]);
  if (!nested) {
    if (shape === undefined) throw new Error("A matrix from a flat list needs its shape.");
    return new Tensor(values, shape, dtype ?? dtypeOf(values[0]));
  }
  const columns = values[0].length;
  const flat = [];
  values.forEach((row, index) => {
    if (row.length !== columns) throw new Error(`Row ${index} has ${row.length} values and row 0 has ${columns}.`);
    for (let column = 0; column < columns; column++) flat.push(row[column]);
  });
  return new Tensor(flat, shape ?? [values.length, columns], dtype ?? dtypeOf(values[0][0]));
}

const scalar = (value, dtype = dtypeOf(value)) => new Tensor([value], [], dtype);

module.exports = { Tensor, tensor1d, tensor2d, scalar, moments, data };

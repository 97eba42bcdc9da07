"use strict";

const { asMatrix, broadcastShape, sizeOf } = require("./shape.js");

/** A copy of the values as doubles. What is missing (null, undefined) becomes NaN, never 0. */
function toDoubles(values) {
  if (values instanceof Float64Array) return values.slice();
  const doubles = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    doubles[i] = value === null || value === undefined ? Number.NaN : Number(value);
  }
  return doubles;
}

/**
 * Values in row-major order with a shape of rank 0, 1 or 2. Numbers are always doubles, whatever dtype the caller asked for; only
 * "string" and "bool" are remembered. Operations return a new tensor and never share storage with their input.
 */
class Tensor {
  /**
   * @param values - the values, row by row.
   * @param shape - lengths of the axes, at most two.
   * @param dtype - "string", "bool", or any numeric name (all of them mean float64).
   */
  constructor(values, shape, dtype) {
    if (shape.length > 2) throw new Error(`A tensor here has rank 0, 1 or 2; shape [${shape}] has rank ${shape.length}.`);
    if (values.length !== sizeOf(shape)) throw new Error(`Shape [${shape}] needs ${sizeOf(shape)} values and ${values.length} were given.`);
    this.shape = [...shape];
    this.dtype = dtype === "string" || dtype === "bool" ? dtype : "float64";
    this.values = this.dtype === "string" ? Array.from(values) : toDoubles(values);
  }

  get rank() {
    return this.shape.length;
  }

  /** The values as nested plain arrays (a number or string for a scalar); booleans come out as 0 and 1. The arrays are the caller's to change. */
  arraySync() {
    if (this.rank === 0) return this.values[0];
    if (this.rank === 1) return Array.from(this.values);
    const [rows, columns] = this.shape;
    const nested = [];
    for (let row = 0, at = 0; row < rows; row++) {
      const list = [];
      for (let column = 0; column < columns; column++) list.push(this.values[at++]);
      nested.push(list);
    }
    return nested;
  }

  clone() {
    return new Tensor(this.values, this.shape, this.dtype);
  }

  /** Rows become columns; a scalar and a vector stay as they are. */
  transpose() {
    if (this.rank < 2) return this.clone();
    const [rows, columns] = this.shape;
    const turned = new this.values.constructor(this.values.length);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) turned[column * rows + row] = this.values[row * columns + column];
    }
    return new Tensor(turned, [columns, rows], this.dtype);
  }

  /** `operation` on every pair of values, the smaller operand stretched by broadcasting. */
  combine(other, operation, dtype) {
    const right = other instanceof Tensor ? other : new Tensor([other], []);
    const shape = broadcastShape(this.shape, right.shape);
    const [rows, columns] = asMatrix(shape);
    const [rowsA, columnsA] = asMatrix(this.shape);
    const [rowsB, columnsB] = asMatrix(right.shape);
    const result = new Float64Array(rows * columns);
    for (let row = 0, at = 0; row < rows; row++) {
      // A stretched axis has one value, so its index stays 0.
      const startA = rowsA === 1 ? 0 : row * columnsA;
      const startB = rowsB === 1 ? 0 : row * columnsB;
      for (let column = 0; column < columns; column++, at++) {
        const a = this.values[startA + (columnsA === 1 ? 0 : column)];
        const b = right.values[startB + (columnsB === 1 ? 0 : column)];
        result[at] = operation(a, b);
      }
    }
    return new Tensor(result, shape, dtype);
  }

  /** `operation` on every list of values along `axis` (default: on all values at once), which that axis is replaced by. */
  reduce(axis, operation) {
    if (axis === undefined || this.rank < 2) return new Tensor([operation(this.values)], []);
    if (axis !== 0 && axis !== 1)
      throw new Error(`Axis ${axis} does not exist in shape [${this.shape}]; it is 0 (over rows) or 1 (over columns).`);
    const { values, shape } = axis === 1 ? this : this.transpose();
    const [lists, length] = shape;
    const results = Array.from({ length: lists }, (_, list) => operation(values.subarray(list * length, (list + 1) * length)));
    return new Tensor(results, [lists]);
  }

  sqrt() {
    return new Tensor(this.values.map(Math.sqrt), this.shape);
  }
}

module.exports = { Tensor };

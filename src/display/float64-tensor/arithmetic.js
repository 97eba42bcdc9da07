"use strict";

const { Tensor } = require("./tensor.js");

/** Element-wise arithmetic in doubles, by the name the method has on a tensor. */
const ARITHMETIC = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  divNoNan: (a, b) => (b === 0 ? 0 : a / b),
  pow: (a, b) => a ** b,
  // The remainder takes the sign of the divisor, as in Python and in tfjs.
  mod: (a, b) => {
    const remainder = a % b;
    return remainder !== 0 && remainder < 0 !== b < 0 ? remainder + b : remainder;
  },
};

/** Element-wise comparison; a comparison with NaN is false, but for "differs". */
const COMPARISON = {
  greater: (a, b) => a > b,
  greaterEqual: (a, b) => a >= b,
  less: (a, b) => a < b,
  lessEqual: (a, b) => a <= b,
  equal: (a, b) => a === b,
  notEqual: (a, b) => a !== b,
};

for (const [name, operation] of Object.entries(ARITHMETIC)) {
  Tensor.prototype[name] = function (other) {
    return this.combine(other, operation, "float64");
  };
}

for (const [name, holds] of Object.entries(COMPARISON)) {
  Tensor.prototype[name] = function (other) {
    return this.combine(other, (a, b) => (holds(a, b) ? 1 : 0), "bool");
  };
}

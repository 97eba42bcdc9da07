"use strict";

const { Tensor } = require("./tensor.js");

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
// Not Math.min(...values): a year of minutes is more arguments than a call may have.
const min = (values) => values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
const max = (values) => values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);

/** Index of the first value that `better` prefers to all others. A NaN is never preferred, so a leading NaN does not win by default. */
function bestIndex(values, better) {
  let best = -1;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isNaN(values[i]) && (best < 0 || better(values[i], values[best]))) best = i;
  }
  return Math.max(best, 0);
}

for (const [name, statistic] of Object.entries({ mean, min, max })) {
  Tensor.prototype[name] = function (axis) {
    return this.reduce(axis, statistic);
  };
}

Tensor.prototype.argMax = function () {
  return new Tensor([bestIndex(this.values, (a, b) => a > b)], []);
};

Tensor.prototype.argMin = function () {
  return new Tensor([bestIndex(this.values, (a, b) => a < b)], []);
};

/** Mean and population variance (divided by n) along `axis`. The deviations are squared, not the values: no cancellation. */
function moments(tensor, axis) {
  const variance = (values) => {
    const centre = mean(values);
    return mean(values.map((value) => (value - centre) ** 2));
  };
  return { mean: tensor.reduce(axis, mean), variance: tensor.reduce(axis, variance) };
}

module.exports = { moments };

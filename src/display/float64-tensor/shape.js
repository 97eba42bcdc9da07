"use strict";

/** Number of values a tensor of this shape holds. */
const sizeOf = (shape) => shape.reduce((size, length) => size * length, 1);

/**
 * A shape of rank 0, 1 or 2 seen as rows and columns, aligned at the last axis as broadcasting does:
 * a scalar is 1 x 1, a vector is one row.
 */
const asMatrix = (shape) => [shape[shape.length - 2] ?? 1, shape[shape.length - 1] ?? 1];

/**
 * The shape of an element-wise result under the usual broadcasting rule: axes are aligned at the end and an axis of length 1 stretches.
 * @throws Error when two axes differ and neither is 1.
 */
function broadcastShape(a, b) {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const lengthA = a[axis - rank + a.length] ?? 1;
    const lengthB = b[axis - rank + b.length] ?? 1;
    if (lengthA !== lengthB && lengthA !== 1 && lengthB !== 1) {
      throw new Error(
        `Shapes [${a}] and [${b}] cannot be combined: axis ${axis} has ${lengthA} against ${lengthB} (equal, or one of them 1).`,
      );
    }
    return lengthA === 1 ? lengthB : lengthA;
  });
}

module.exports = { sizeOf, asMatrix, broadcastShape };

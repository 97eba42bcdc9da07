import { createRequire } from "node:module";
import { DataFrame, MinMaxScaler, Series, StandardScaler, tensorflow } from "danfojs-node";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const require = createRequire(import.meta.url);
const column = (frame: DataFrame): unknown[] => frame.values.map((row) => (row as unknown[])[0]);

describe("danfojs runs on the float64 stand-in", () => {
  it("is what danfojs loads as tfjs-node, and no TensorFlow is installed", () => {
    expect(require.resolve("@tensorflow/tfjs-node")).toContain("float64-tensor");
    expect(tensorflow).toBe(require("@tensorflow/tfjs-node"));
    const real = "@tensorflow/tfjs";
    expect(() => require.resolve(real)).toThrow(/Cannot find module/);
  });

  it("keeps a price that float32 would change", () => {
    expect(column(new DataFrame({ p: [64250.37] }).add(0))).toEqual([64250.37]);
  });

  it("takes differences and relative changes of neighbouring prices", () => {
    const prices = new DataFrame({ p: [64250.37, 64250.41] });
    expect(column(prices.diff(1) as DataFrame)).toEqual([Number.NaN, 64250.41 - 64250.37]);
    expect(column(prices.pctChange(1) as DataFrame)).toEqual([Number.NaN, 64250.41 / 64250.37 - 1]);
  });

  it("tells timestamps a minute apart, in a frame, a series and a scaler", () => {
    const times = [1_700_000_000_123, 1_700_000_060_123, 1_700_000_120_123];
    expect(column(new DataFrame({ t: times }).diff(1) as DataFrame)).toEqual([Number.NaN, 60_000, 60_000]);
    expect(new Series(times).tensor.arraySync()).toEqual(times);
    expect(new MinMaxScaler().fitTransform(times)).toEqual([0, 0.5, 1]);
    const deviation = Math.sqrt((2 * 60_000 ** 2) / 3);
    expect(new StandardScaler().fitTransform(times)).toEqual([-60_000 / deviation, 0, 60_000 / deviation]);
  });

  it("does not call neighbouring integers equal past 2^24", () => {
    expect(column(new DataFrame({ b: [16_777_217] }).eq(16_777_216))).toEqual([false]);
    expect(column(new DataFrame({ b: [16_777_217] }).gt(16_777_216))).toEqual([true]);
  });

  it("finds the larger of two prices that float32 would round together", () => {
    expect(new Series([64250.3701, 64250.3702]).argMax()).toBe(1);
    expect(new Series([64250.3702, 64250.3701]).argMin()).toBe(1);
  });

  it("computes every operator as a double does", () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 });
    const operators = {
      add: (a: number, b: number) => a + b,
      sub: (a: number, b: number) => a - b,
      mul: (a: number, b: number) => a * b,
      div: (a: number, b: number) => a / b,
      divNoNan: (a: number, b: number) => (b === 0 ? 0 : a / b),
      pow: (a: number, b: number) => a ** b,
      mod: (a: number, b: number) => a - b * Math.floor(a / b),
    };
    fc.assert(
      fc.property(number, number, (a, b) => {
        const [x, y] = [tensorflow.scalar(a), tensorflow.scalar(b)];
        for (const name of ["add", "sub", "mul", "div", "divNoNan", "pow"] as const) {
          expect(x[name](y).arraySync(), name).toBe(operators[name](a, b));
        }
        expect(x.less(y).arraySync()).toBe(a < b ? 1 : 0);
        expect(x.notEqual(y).arraySync()).toBe(a === b ? 0 : 1);
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: -999, max: 999 }), fc.integer({ min: -99, max: 99 }), (a, b) => {
        fc.pre(b !== 0);
        expect(tensorflow.scalar(a).mod(b).arraySync() + 0).toBe(operators.mod(a, b) + 0);
      }),
    );
  });

  it("samples without repeats, from the whole frame, and the same rows for the same seed", async () => {
    const frame = new DataFrame({ row: Array.from({ length: 200 }, (_, i) => i) });
    const draw = async (seed: number): Promise<number[]> => column(await frame.sample(20, { seed })) as number[];
    const first = await draw(7);
    expect(await draw(7)).toEqual(first);
    expect(await draw(8)).not.toEqual(first);
    expect(new Set(first).size).toBe(20);
    // Not only from the first rows, as a shuffle through a buffer of 20 would mostly give.
    expect(first.filter((row) => row >= 100).length).toBeGreaterThan(3);
  });
});

describe("tensors", () => {
  const { tensor1d, tensor2d, scalar, moments } = tensorflow;

  it("stretch rows, columns and scalars", () => {
    const matrix = tensor2d([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(matrix.add(tensor1d([10, 20, 30])).arraySync()).toEqual([
      [11, 22, 33],
      [14, 25, 36],
    ]);
    expect(matrix.sub(tensor2d([1, 4], [2, 1])).arraySync()).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
    expect(scalar(2).mul(matrix).arraySync()).toEqual([
      [2, 4, 6],
      [8, 10, 12],
    ]);
    expect(matrix.transpose().shape).toEqual([3, 2]);
    expect(matrix.transpose().transpose().arraySync()).toEqual(matrix.arraySync());
  });

  it("reduce over rows, over columns and over all", () => {
    const matrix = tensor2d([
      [1, 8],
      [3, 2],
    ]);
    expect(matrix.max(0).arraySync()).toEqual([3, 8]);
    expect(matrix.min(1).arraySync()).toEqual([1, 2]);
    expect(matrix.mean().arraySync()).toBe(3.5);
    const { mean, variance } = moments(matrix, 0);
    expect([mean.arraySync(), variance.arraySync()]).toEqual([
      [2, 5],
      [1, 9],
    ]);
    // Squares of such numbers would cancel to nothing.
    expect(moments(tensor1d([1e9, 1e9 + 1, 1e9 + 2])).variance.arraySync()).toBeCloseTo(2 / 3, 12);
  });

  it("keep what is missing missing, and never let it win", () => {
    expect(tensor1d([null, undefined, 1], "float32").arraySync()).toEqual([Number.NaN, Number.NaN, 1]);
    expect(tensor1d([Number.NaN, 1, 3, 2]).argMax().arraySync()).toBe(2);
    expect(tensor1d([1, Number.NaN]).max().arraySync()).toBeNaN();
  });

  it("hand out arrays of their own", () => {
    const vector = tensor1d([1, 2]);
    vector.arraySync().push(3);
    expect(vector.clone().arraySync()).toEqual([1, 2]);
    expect(tensor1d(["a", "b"], "string").arraySync()).toEqual(["a", "b"]);
    expect(tensor1d([true, false]).arraySync()).toEqual([1, 0]);
  });

  it("refuse shapes that do not fit, saying which", () => {
    expect(() => tensor2d([1, 2, 3], [2, 2])).toThrow("Shape [2,2] needs 4 values and 3 were given.");
    expect(() => tensor2d([1, 2, 3])).toThrow("needs its shape");
    expect(() => tensor2d([[1, 2], [3]])).toThrow("Row 1 has 1 values and row 0 has 2.");
    expect(() => tensor1d([1, 2]).add(tensor1d([1, 2, 3]))).toThrow(/Shapes \[2\] and \[3\] cannot be combined/);
    expect(() => tensor2d([[1]]).max(2)).toThrow(/Axis 2 does not exist/);
  });
});

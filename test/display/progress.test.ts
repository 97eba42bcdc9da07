import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { durationText, type MimeBundle, progress } from "../../src/display/index.js";

const HOST = Symbol.for("tesserlab.host");
const scope = globalThis as Record<symbol, unknown>;
let shown: { bundle: MimeBundle; options: { id?: string; update?: boolean } }[];

beforeEach(() => {
  vi.useFakeTimers();
  shown = [];
  scope[HOST] = { display: (bundle: MimeBundle, options: object) => shown.push({ bundle, options }) };
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  delete scope[HOST];
});

describe("in a notebook", () => {
  test("a busy loop draws at most ten times a second, under one id", () => {
    const bar = progress(10_000, { label: "tune" });
    for (let i = 1; i <= 10_000; i++) {
      vi.setSystemTime(Date.now() + 1);
      bar.tick();
    }
    bar.done();
    expect(shown.length).toBeGreaterThan(90);
    expect(shown.length).toBeLessThanOrEqual(102);
    expect(new Set(shown.map(({ options }) => options.id)).size).toBe(1);
    expect(shown.map(({ options }) => options.update)).toEqual([false, ...shown.slice(1).map(() => true)]);
    expect(shown.at(-1)!.bundle["text/plain"]).toBe(`tune  ${"█".repeat(24)}  100 %  10000/10000  in 10 s`);
  });

  test("the last update before a pause is drawn once the gap is over", () => {
    const bar = progress(4);
    bar.update(1);
    bar.update(2, "fold 2");
    expect(shown).toHaveLength(1);
    vi.advanceTimersByTime(100);
    expect(shown).toHaveLength(2);
    expect(shown[1]!.bundle["text/plain"]).toContain("2/4");
    expect(shown[1]!.bundle["text/plain"]).toContain("fold 2");
    vi.advanceTimersByTime(5000);
    expect(shown).toHaveLength(2);
  });

  test("the time left follows the pace", () => {
    const bar = progress(100);
    vi.advanceTimersByTime(20_000);
    bar.update(25);
    expect(shown.at(-1)!.bundle["text/plain"]).toContain("20 s, 1 min 00 s left");
  });

  test("notes are escaped, done ends it", () => {
    const bar = progress(2, { label: "<b>" });
    bar.done("<i>note</i>");
    const count = shown.length;
    bar.update(2);
    bar.done();
    vi.advanceTimersByTime(1000);
    expect(shown).toHaveLength(count);
    expect(shown.at(-1)!.bundle["text/html"]).toContain("&lt;i&gt;note&lt;/i&gt;");
    expect(shown.at(-1)!.bundle["text/html"]).not.toContain("<b>");
  });
});

describe("outside", () => {
  const written = (isTTY: boolean, run: () => void): string => {
    delete scope[HOST];
    const original = Object.getOwnPropertyDescriptor(process.stdout, "isTTY");
    Object.defineProperty(process.stdout, "isTTY", { value: isTTY, configurable: true });
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    try {
      run();
      return write.mock.calls.map(([text]) => String(text)).join("");
    } finally {
      write.mockRestore();
      if (original === undefined) Reflect.deleteProperty(process.stdout, "isTTY");
      else Object.defineProperty(process.stdout, "isTTY", original);
    }
  };
  const run = (): void => {
    const bar = progress(2, { label: "load" });
    bar.update(1);
    vi.advanceTimersByTime(500);
    bar.update(2);
    bar.done();
  };

  test("a terminal sees one line drawn over itself", () => {
    const text = written(true, run);
    expect(text.split("\r").length).toBeGreaterThan(3);
    expect(text.match(/\n/g)).toHaveLength(1);
    expect(text.endsWith("\n")).toBe(true);
  });

  test("a log gets the final line only", () => {
    expect(written(false, run)).toBe(`load  ${"█".repeat(24)}  100 %  2/2  in 0.5 s\n`);
  });
});

test("misuse is refused", () => {
  expect(() => progress(Number.NaN)).toThrow(/from 0 up, got NaN/);
  expect(() => progress(3).update(-1)).toThrow(/done of a progress display/);
  expect(() => progress(3, { lable: "x" } as never)).toThrow(/Did you mean label\?/);
  expect(() => progress(0).done()).not.toThrow();
});

test("durations read well", () => {
  expect([0, 450, 9_949, 12_400, 59_600, 185_000, 3_599_600, 7_800_000].map(durationText)).toEqual([
    "0.0 s",
    "0.5 s",
    "9.9 s",
    "12 s",
    "1 min 00 s",
    "3 min 05 s",
    "1 h 00 min",
    "2 h 10 min",
  ]);
});

describe("going through something", () => {
  test("a list: its values, one bar with rate and time left, ended with the loop", () => {
    const seen: string[] = [];
    for (const word of progress(["a", "b", "c", "d"], { label: "words" })) {
      seen.push(word);
      vi.setSystemTime(Date.now() + 1000);
    }
    expect(seen).toEqual(["a", "b", "c", "d"]);
    expect(shown[2]!.bundle["text/plain"]).toContain("2/4  2.0 s, 2.0 s left, 1/s");
    expect(shown.at(-1)!.bundle["text/plain"]).toContain("100 %  4/4  in 4.0 s");
    expect(new Set(shown.map(({ options }) => options.id)).size).toBe(1);
  });

  test("a generator counts without a total; one can be given; leaving early ends the bar and closes the source", () => {
    let closed = false;
    function* numbers(): Generator<number> {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        closed = true;
      }
    }
    for (const n of progress(numbers())) if (n === 3) break;
    expect(closed).toBe(true);
    expect(shown.at(-1)!.bundle["text/plain"]).toBe("3  in 0.0 s");
    expect([...progress(new Set([1, 2]).values(), { total: 2 })]).toEqual([1, 2]);
    expect(shown.at(-1)!.bundle["text/plain"]).toContain("100 %  2/2");
  });

  test("a stream, and a loop that throws", async () => {
    async function* stream(): AsyncGenerator<number> {
      yield 1;
      yield 2;
    }
    const seen: number[] = [];
    const loop = async (): Promise<void> => {
      for await (const n of progress(stream(), { total: 2 })) {
        seen.push(n);
        if (n === 2) throw new Error("stop");
      }
    };
    await expect(loop()).rejects.toThrow("stop");
    expect(seen).toEqual([1, 2]);
    expect(shown.at(-1)!.bundle["text/plain"]).toContain("1/2  in");
  });

  test("{ total } is a total", () => {
    const bar = progress({ total: 5, label: "steps" });
    bar.done();
    expect(shown.at(-1)!.bundle["text/plain"]).toContain("0/5");
    expect(() => progress({ label: "none" } as never)).toThrow("total of a progress display must be a number from 0 up, got NaN");
  });
});

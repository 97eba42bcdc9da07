import { Decimal } from "decimal.js";
import { describe, expect, test } from "vitest";
import { table, toBundle } from "../../src/display/index.js";

const source = table({
  time: [Date.UTC(2024, 0, 1), Date.UTC(2024, 0, 2)],
  price: [new Decimal("64250.37"), new Decimal("64250.41")],
  id: ["0012", "7"],
  open: [true, false],
  gap: [1.5, null],
});

describe("toDanfo", () => {
  test("keeps doubles, text and booleans as they are", async () => {
    const frame = await source.toDanfo();
    expect(frame.columns).toEqual(["time", "price", "id", "open", "gap"]);
    expect(frame.price.values).toEqual([64250.37, 64250.41]);
    expect(frame.id.values).toEqual(["0012", "7"]);
    expect(frame.open.values).toEqual([true, false]);
    expect(frame.time.values).toEqual(["2024-01-01T00:00:00.000Z", "2024-01-02T00:00:00.000Z"]);
    expect(frame.gap.values[0]).toBe(1.5);
    expect(frame.gap.values[1]).toBeNaN();
    expect((await source.toDanfo({ times: "epochMs" })).time.values).toEqual([Date.UTC(2024, 0, 1), Date.UTC(2024, 0, 2)]);
  });

  test("frames compute in float64, where 32 bits would round 64250.37 to 64250.37109375", async () => {
    const frame = (await source.select("price").toDanfo()).add(0);
    expect(frame.values).toEqual([[64250.37], [64250.41]]);
  });

  test("a frame shows as a table with its index", async () => {
    const bundle = await toBundle(await source.toDanfo());
    expect(bundle["text/plain"]).toContain("64250.37");
    expect(bundle["text/html"]).toContain("0012</td>");
  });

  test("unknown options are refused", async () => {
    await expect(source.toDanfo({ time: "iso" } as never)).rejects.toMatchObject({ code: "OPTION_UNKNOWN" });
    await expect(source.toDanfo({ times: "ms" as never })).rejects.toMatchObject({ code: "OPTION_UNKNOWN" });
  });
});

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const src = join(import.meta.dirname, "..", "..", "src");
const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
const sources = new Map(files.map((file) => [file.replaceAll("\\", "/"), readFileSync(join(src, file), "utf8")]));
const holding = (pattern: RegExp): string[] => [...sources].flatMap(([file, text]) => [...text.matchAll(pattern)].map(() => file));

test("an order becomes an approved one in one place only", () => {
  expect(files.length).toBeGreaterThan(50);
  const casts = holding(/(?:as|:|satisfies) ApprovedOrder = |as ApprovedOrder\b|<ApprovedOrder>/g);
  // Besides the one: what a venue reports of left as an approved order.
  expect(casts).toEqual(Array(2).fill("execution/orders/issuer.ts"));
  expect(sources.get("execution/orders/issuer.ts")!.match(/const approved = order as ApprovedOrder;/g)).toHaveLength(1);
});

test("its brand cannot be written outside core", () => {
  expect(holding(/\bapproved: unique symbol\b/g)).toEqual(["core/working-order.ts"]);
  expect(holding(/export (?:declare )?const approved\b|export \{[^}]*\bapproved\b/g)).toEqual([]);
});

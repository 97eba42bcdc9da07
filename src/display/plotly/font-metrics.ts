import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/**
 * Advance widths read from the TrueType file that the text is later drawn with, so that a label is measured exactly as it looks.
 * Tables: https://learn.microsoft.com/typography/opentype/spec (head, hhea, hmtx, cmap format 4).
 */
export interface FontMetrics {
  /** Height above the baseline, in ems. */
  readonly ascent: number;
  /** Depth below the baseline, in ems, positive. */
  readonly descent: number;
  /** Width of a run of text, in ems. */
  width(text: string): number;
}

interface Table {
  readonly offset: number;
}

function tablesOf(file: DataView): (name: string) => number {
  const tables = new Map<string, Table>();
  for (let i = 0; i < file.getUint16(4); i++) {
    const record = 12 + 16 * i;
    const name = String.fromCharCode(...[0, 1, 2, 3].map((k) => file.getUint8(record + k)));
    tables.set(name, { offset: file.getUint32(record + 8) });
  }
  return (name) => {
    const table = tables.get(name);
    if (table === undefined) throw new Error(`The font has no ${name} table.`);
    return table.offset;
  };
}

/** Offset of the cmap subtable for Unicode's basic plane (platform 3, encoding 1). */
function unicodeMap(file: DataView, cmap: number): number {
  for (let i = 0; i < file.getUint16(cmap + 2); i++) {
    const record = cmap + 4 + 8 * i;
    const subtable = cmap + file.getUint32(record + 4);
    if (file.getUint16(record) === 3 && file.getUint16(record + 2) === 1 && file.getUint16(subtable) === 4) return subtable;
  }
  throw new Error("The font has no format 4 character map.");
}

function glyphOf(file: DataView, map: number, code: number): number {
  const doubled = file.getUint16(map + 6);
  for (let k = 0; k < doubled; k += 2) {
    if (code > file.getUint16(map + 14 + k)) continue;
    const start = file.getUint16(map + 16 + doubled + k);
    if (code < start) return 0;
    const delta = file.getUint16(map + 16 + 2 * doubled + k);
    const rangeAt = map + 16 + 3 * doubled + k;
    const range = file.getUint16(rangeAt);
    if (range === 0) return (code + delta) & 0xffff;
    const glyph = file.getUint16(rangeAt + range + 2 * (code - start));
    return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
  }
  return 0;
}

/** Reads the metrics of a TrueType file. */
function readFontMetrics(path: string): FontMetrics {
  const bytes = readFileSync(path);
  const file = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const table = tablesOf(file);
  const em = file.getUint16(table("head") + 18);
  const hhea = table("hhea");
  const last = file.getUint16(hhea + 34) - 1;
  const hmtx = table("hmtx");
  const map = unicodeMap(file, table("cmap"));
  const known = new Map<string, number>();
  const advance = (character: string): number => {
    let width = known.get(character);
    if (width === undefined) {
      const glyph = glyphOf(file, map, character.codePointAt(0)!);
      width = file.getUint16(hmtx + 4 * Math.min(glyph, last)) / em;
      known.set(character, width);
    }
    return width;
  };
  return {
    ascent: file.getInt16(hhea + 4) / em,
    descent: -file.getInt16(hhea + 6) / em,
    width: (text) => {
      let total = 0;
      for (const character of text) total += advance(character);
      return total;
    },
  };
}

const require = createRequire(import.meta.url);

/**
 * The font of static charts, shipped with the package: Arimo, whose widths equal Arial's, Helvetica's and Liberation Sans',
 * so a chart keeps its layout in a browser that has any of them.
 */
export const FONT_FILES: Readonly<Record<"regular" | "bold", string>> = {
  regular: require.resolve("@expo-google-fonts/arimo/400Regular/Arimo_400Regular.ttf"),
  bold: require.resolve("@expo-google-fonts/arimo/700Bold/Arimo_700Bold.ttf"),
};

/** Family list of every chart; the first name is the shipped font. */
export const FONT_FAMILY = "Arimo, Liberation Sans, Arial, Helvetica, sans-serif";

let loaded: { regular: FontMetrics; bold: FontMetrics } | undefined;

/** Metrics of the chart font in both weights, read once. */
export function chartFont(): { readonly regular: FontMetrics; readonly bold: FontMetrics } {
  loaded ??= { regular: readFontMetrics(FONT_FILES.regular), bold: readFontMetrics(FONT_FILES.bold) };
  return loaded;
}

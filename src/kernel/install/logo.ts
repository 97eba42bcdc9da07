import { Resvg } from "@resvg/resvg-js";

const CANDLES = [
  { x: 12, top: 30, body: 36, foot: 52, end: 57, colour: "#0072b2" },
  { x: 27, top: 20, body: 25, foot: 43, end: 49, colour: "#0072b2" },
  { x: 42, top: 7, body: 12, foot: 31, end: 38, colour: "#d55e00" },
];

/** The logo: three candles on a tile. */
export const LOGO: string = [
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="12" fill="#f4f7fa"/>',
  ...CANDLES.map(
    ({ x, top, body, foot, end, colour }) =>
      `<path d="M${x + 5} ${top}V${end}" stroke="${colour}" stroke-width="2.5"/><rect x="${x}" y="${body}" width="10" height="${foot - body}" rx="2" fill="${colour}"/>`,
  ),
  "</svg>\n",
].join("");

/** The logo as PNG bytes, `size` pixels wide. */
export function logoPng(size: number): Buffer {
  return new Resvg(LOGO, { fitTo: { mode: "width", value: size } }).render().asPng();
}

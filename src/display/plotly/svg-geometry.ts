import { chartFont } from "./font-metrics.js";

/** The part of a DOM element that measuring needs. */
export interface SvgNode {
  readonly nodeType: number;
  readonly nodeName: string;
  readonly textContent: string | null;
  readonly childNodes: ArrayLike<SvgNode>;
  readonly parentNode: SvgNode | null;
  getAttribute?(name: string): string | null;
}

/** A rectangle in the DOM's terms, pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const TEXT_NODE = 3;

function box(left: number, top: number, right: number, bottom: number): Box {
  return { x: left, y: top, left, top, right, bottom, width: right - left, height: bottom - top };
}

const NOTHING: Box = box(0, 0, 0, 0);

/** A CSS property of a node: its own style or attribute, else the nearest ancestor's. */
function inherited(node: SvgNode | null, property: string): string | undefined {
  for (let at = node; at !== null && at.getAttribute !== undefined; at = at.parentNode) {
    const style = at.getAttribute("style") ?? "";
    const own = new RegExp(`(?:^|;)\\s*${property}\\s*:\\s*([^;]+)`).exec(style)?.[1] ?? at.getAttribute(property);
    if (own !== null && own !== undefined) return own.trim();
  }
  return undefined;
}

function fontSize(node: SvgNode): number {
  const parent = node.parentNode;
  const size = inherited(node, "font-size") ?? "12px";
  const value = Number.parseFloat(size);
  return size.endsWith("%") && parent !== null ? (fontSize(parent) * value) / 100 : value;
}

function isBold(node: SvgNode): boolean {
  const weight = inherited(node, "font-weight") ?? "normal";
  return weight === "bold" || Number(weight) >= 600;
}

/** Width of all text below a node, each run at its own size and weight. */
export function textWidth(node: SvgNode): number {
  let total = 0;
  for (const child of Array.from(node.childNodes)) {
    if (child.nodeType !== TEXT_NODE) total += textWidth(child);
    else total += chartFont()[isBold(node) ? "bold" : "regular"].width(child.textContent ?? "") * fontSize(node);
  }
  return total;
}

const number = (node: SvgNode, name: string): number => Number.parseFloat(node.getAttribute?.(name) ?? "0") || 0;

/** Text as plotly lays it out: one line, or one `tspan` of class `line` a line, each `dy` ems below the first baseline. */
function textBox(node: SvgNode): Box {
  const size = fontSize(node);
  const { ascent, descent } = chartFont().regular;
  const lines = Array.from(node.childNodes).filter((child) => child.getAttribute?.("class") === "line");
  const widths = lines.length > 0 ? lines.map(textWidth) : [textWidth(node)];
  const width = Math.max(...widths);
  if (width === 0) return NOTHING;
  const anchor = inherited(node, "text-anchor") ?? "start";
  const left = number(node, "x") - (anchor === "middle" ? width / 2 : anchor === "end" ? width : 0);
  const lastDy = lines.length > 1 ? Number.parseFloat(lines.at(-1)!.getAttribute!("dy") ?? "0") : 0;
  const baseline = number(node, "y");
  return box(left, baseline - ascent * size, left + width, baseline + (lastDy + descent) * size);
}

/** Bounds of a path's end and control points; plotly measures only straight ones. */
function pathBox(node: SvgNode): Box {
  const numbers = (node.getAttribute?.("d") ?? "").match(/-?\d+(?:\.\d+)?/g)?.map(Number) ?? [];
  if (numbers.length < 4) return NOTHING;
  const xs = numbers.filter((_, i) => i % 2 === 0);
  const ys = numbers.filter((_, i) => i % 2 === 1);
  return box(Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys));
}

/** The bounds of a box that turns by so many degrees about a point. */
function turned(inner: Box, degrees: number, x: number, y: number): Box {
  const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  const corners = [inner.left, inner.right].flatMap((left) => [inner.top, inner.bottom].map((top) => [left - x, top - y] as const));
  const xs = corners.map(([dx, dy]) => x + dx * cos - dy * sin);
  const ys = corners.map(([dx, dy]) => y + dx * sin + dy * cos);
  return box(Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys));
}

/** A box where its element's `transform` puts it: moves and turns, the last written first. */
function moved(inner: Box, node: SvgNode): Box {
  const steps = (node.getAttribute?.("transform") ?? "").matchAll(/(translate|rotate)\(\s*([^)]*)\)/g);
  return [...steps].reverse().reduce((at, [, kind, text]) => {
    const [first = 0, x = 0, y = 0] = text!.split(/[\s,]+/).map(Number);
    return kind === "rotate" ? turned(at, first, x, y) : box(at.left + first, at.top + x, at.right + first, at.bottom + x);
  }, inner);
}

/** Bounding box of an SVG element in its own coordinates, as `getBBox` gives it: text by font metrics, groups by their children. */
export function svgBox(node: SvgNode): Box {
  const name = node.nodeName.toLowerCase();
  if (name === "text" || name === "tspan") return textBox(node);
  if (name === "rect" || name === "image" || name === "svg") {
    const [x, y] = [number(node, "x"), number(node, "y")];
    return box(x, y, x + number(node, "width"), y + number(node, "height"));
  }
  if (name === "path") return pathBox(node);
  const parts = Array.from(node.childNodes)
    .filter((child) => child.getAttribute !== undefined)
    .map((child) => moved(svgBox(child), child))
    .filter((part) => part.width > 0 || part.height > 0);
  if (parts.length === 0) return NOTHING;
  return box(
    Math.min(...parts.map((p) => p.left)),
    Math.min(...parts.map((p) => p.top)),
    Math.max(...parts.map((p) => p.right)),
    Math.max(...parts.map((p) => p.bottom)),
  );
}

import { encodePng } from "./png-writer.js";

/** Pixels in the shape of the DOM's ImageData. */
interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** Red, green, blue and opacity (0 to 255) of `rgb()`, `rgba()` and hex colours; anything else is transparent. */
function parseColor(color: string): [number, number, number, number] {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color);
  if (hex !== null) return [Number.parseInt(hex[1]!, 16), Number.parseInt(hex[2]!, 16), Number.parseInt(hex[3]!, 16), 255];
  const parts = /^rgba?\(([^)]+)\)$/.exec(color)?.[1]?.split(",").map(Number);
  if (parts === undefined || parts.length < 3 || parts.some(Number.isNaN)) return [0, 0, 0, 0];
  return [parts[0]!, parts[1]!, parts[2]!, Math.round((parts[3] ?? 1) * 255)];
}

/**
 * The few calls of a 2d canvas context that plotly's heatmap and image traces make, on a plain RGBA buffer.
 * Rectangles overwrite (heatmap cells never overlap), there is no blending and no path drawing.
 */
export class PixelContext {
  fillStyle = "rgba(0,0,0,0)";
  readonly #size: { readonly width: number; readonly height: number };
  #pixels: Pixels | undefined;

  /** @param size - the canvas; its width and height count at the first call that draws. */
  constructor(size: { readonly width: number; readonly height: number }) {
    this.#size = size;
  }

  #buffer(): Pixels {
    const { width, height } = this.#size;
    if (this.#pixels?.width !== width || this.#pixels.height !== height) this.#pixels = this.createImageData(width, height);
    return this.#pixels;
  }

  createImageData(width: number, height: number): Pixels {
    return { width, height, data: new Uint8ClampedArray(width * height * 4) };
  }

  putImageData(image: Pixels): void {
    this.#buffer().data.set(image.data);
  }

  getImageData(x: number, y: number, width: number, height: number): Pixels {
    const from = this.#buffer();
    const out = this.createImageData(width, height);
    for (let row = 0; row < height; row++) {
      const start = ((y + row) * from.width + x) * 4;
      out.data.set(from.data.subarray(start, start + width * 4), row * width * 4);
    }
    return out;
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    this.#paint(x, y, width, height, parseColor(this.fillStyle));
  }

  clearRect(x: number, y: number, width: number, height: number): void {
    this.#paint(x, y, width, height, [0, 0, 0, 0]);
  }

  toPng(): Buffer {
    const { width, height, data } = this.#buffer();
    return encodePng(width, height, data);
  }

  #paint(x: number, y: number, width: number, height: number, rgba: readonly number[]): void {
    const to = this.#buffer();
    const left = Math.max(0, Math.round(Math.min(x, x + width)));
    const right = Math.min(to.width, Math.round(Math.max(x, x + width)));
    const top = Math.max(0, Math.round(Math.min(y, y + height)));
    const bottom = Math.min(to.height, Math.round(Math.max(y, y + height)));
    for (let row = top; row < bottom; row++)
      for (let column = left; column < right; column++) to.data.set(rgba, (row * to.width + column) * 4);
  }
}

/** The canvas a call is about, as happy-dom names it. */
interface Caller {
  readonly canvas: { readonly width: number; readonly height: number };
}

/** What happy-dom asks for a canvas's drawing (its `canvasAdapter` setting). Only the 2d context exists. */
export class PixelCanvasAdapter {
  readonly #contexts = new WeakMap<object, PixelContext>();

  getContext({ canvas }: Caller, contextType: string): PixelContext | null {
    if (contextType !== "2d") return null;
    let context = this.#contexts.get(canvas);
    if (context === undefined) {
      context = new PixelContext(canvas);
      this.#contexts.set(canvas, context);
    }
    return context;
  }

  toDataURL(caller: Caller): string {
    return `data:image/png;base64,${this.getContext(caller, "2d")!.toPng().toString("base64")}`;
  }

  /** Plotly never asks for blobs. */
  toBlob(_caller: Caller, callback: (blob: null) => void): void {
    callback(null);
  }
}

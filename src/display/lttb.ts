import { LabError } from "../errors/index.js";

/**
 * Which points of a line to draw: largest triangle three buckets (Steinarsson 2013, "Downsampling Time Series for Visual Representation"),
 * plus the lowest and the highest point, which the plain algorithm may lose. Values that are no finite numbers are left out.
 * @returns ascending indices, at most `limit` of them; all finite points when there are no more than that.
 * @throws LabError `DOWNSAMPLE_INVALID` for columns of different lengths or a limit below 5.
 */
export function lttb(x: ArrayLike<number>, y: ArrayLike<number>, limit: number): number[] {
  if (x.length !== y.length) throw new LabError("DOWNSAMPLE_INVALID", `x has ${x.length} values, y has ${y.length}.`);
  if (!(Number.isInteger(limit) && limit >= 5))
    throw new LabError("DOWNSAMPLE_INVALID", `limit must be a whole number from 5, got ${limit}.`);
  const points: number[] = [];
  for (let i = 0; i < y.length; i++) if (Number.isFinite(y[i]) && Number.isFinite(x[i])) points.push(i);
  if (points.length <= limit) return points;

  const last = points.length - 1;
  const kept = new Set([points[0]!, points[last]!, extreme(points, y, -1), extreme(points, y, 1)]);
  const buckets = limit - 4;
  const edge = (bucket: number): number => 1 + Math.floor((bucket * (last - 1)) / buckets);
  let previous = points[0]!;
  for (let bucket = 0; bucket < buckets; bucket++) {
    const next =
      bucket + 1 < buckets ? centre(points, x, y, edge(bucket + 1), edge(bucket + 2)) : { x: x[points[last]!]!, y: y[points[last]!]! };
    previous = widest(points, x, y, edge(bucket), edge(bucket + 1), previous, next);
    kept.add(previous);
  }
  return [...kept].sort((a, b) => a - b);
}

/** Index of the lowest (sign -1) or highest (sign 1) point. */
function extreme(points: readonly number[], y: ArrayLike<number>, sign: 1 | -1): number {
  let best = points[0]!;
  for (const i of points) if (sign * y[i]! > sign * y[best]!) best = i;
  return best;
}

function centre(points: readonly number[], x: ArrayLike<number>, y: ArrayLike<number>, from: number, to: number): { x: number; y: number } {
  let sumX = 0;
  let sumY = 0;
  for (let k = from; k < to; k++) {
    sumX += x[points[k]!]!;
    sumY += y[points[k]!]!;
  }
  return { x: sumX / (to - from), y: sumY / (to - from) };
}

/** The point of a bucket that spans the largest triangle with the last kept point and the next bucket's centre. */
function widest(
  points: readonly number[],
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  from: number,
  to: number,
  previous: number,
  next: { x: number; y: number },
): number {
  let best = points[from]!;
  let bestArea = -1;
  for (let k = from; k < to; k++) {
    const i = points[k]!;
    const area = Math.abs((x[previous]! - next.x) * (y[i]! - y[previous]!) - (x[previous]! - x[i]!) * (next.y - y[previous]!));
    if (area > bestArea) {
      bestArea = area;
      best = i;
    }
  }
  return best;
}

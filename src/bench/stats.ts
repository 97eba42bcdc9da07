/** The value below which a share `q` of the values lies, by nearest rank. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!;
}

/** The middle value; the mean of the two middle ones for an even count. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Times of repeated runs in milliseconds. */
export interface Spread {
  readonly min: number;
  readonly lowerQuartile: number;
  readonly median: number;
  readonly max: number;
}

export function spread(values: readonly number[]): Spread {
  return { min: quantile(values, 0), lowerQuartile: quantile(values, 0.25), median: median(values), max: quantile(values, 1) };
}

/** Milliseconds a call takes. */
export function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/**
 * Times an engine against its floor in one process, turn about: 20 warm-ups of the floor and 3 of the engine, then 15 engine runs with 40 floor calls spread
 * between them. The floor's level is the lower quartile: the compiler sometimes takes it apart after its loop, and a slow floor would flatter the engine.
 */
export function against(
  floor: () => unknown,
  engine: () => unknown,
  runs = 15,
  calls = 40,
): { engine: Spread; floor: Spread; ratio: number } {
  for (let k = 0; k < 20; k++) floor();
  for (let k = 0; k < 3; k++) engine();
  const engineMs: number[] = [];
  const floorMs: number[] = [];
  for (let k = 0; k < runs; k++) {
    while (floorMs.length < (calls * (k + 1)) / runs) floorMs.push(timed(floor));
    engineMs.push(timed(engine));
  }
  const result = { engine: spread(engineMs), floor: spread(floorMs) };
  return { ...result, ratio: result.engine.median / result.floor.lowerQuartile };
}

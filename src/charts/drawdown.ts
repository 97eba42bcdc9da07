/** The drop of an equity curve below its highest point so far. */
export interface DrawdownCurve {
  /** A fraction at each point, 0 at a new high, negative below. */
  readonly values: Float64Array;
  /** The deepest point; undefined when equity never falls. */
  readonly worst: { readonly peakIndex: number; readonly index: number; readonly depth: number } | undefined;
}

/** Drawdown against the running peak, which begins at the equity before the first point (peak index -1). */
export function drawdownCurve(equity: ArrayLike<number>, initial: number): DrawdownCurve {
  const values = new Float64Array(equity.length);
  let peak = initial;
  let peakIndex = -1;
  let worst: { peakIndex: number; index: number; depth: number } | undefined;
  for (let i = 0; i < equity.length; i++) {
    if (equity[i]! > peak) {
      peak = equity[i]!;
      peakIndex = i;
    }
    values[i] = peak > 0 ? equity[i]! / peak - 1 : 0;
    if (values[i]! < (worst?.depth ?? 0)) worst = { peakIndex, index: i, depth: values[i]! };
  }
  return { values, worst };
}

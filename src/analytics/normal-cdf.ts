/** Value of a polynomial, coefficients from the highest power down. */
export function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0;
  for (const coefficient of coefficients) value = value * x + coefficient;
  return value;
}

// Rational Chebyshev approximations of |x| <= 0.66291, |x| <= sqrt(32) and beyond, each a numerator over a denominator.
const CENTRE = [0.06568233791820745, 2.2352520354606837, 161.02823106855587, 1067.6894854603709, 18154.98125334356];
const CENTRE_OVER = [1, 47.202581904688245, 976.0985517377767, 10260.932208618979, 45507.78933502673];
const MIDDLE = [
  1.0765576773720192e-8, 0.39894151208813466, 8.883149794388377, 93.50665613217785, 597.2702763948002, 2494.5375852903726,
  6848.190450536283, 11602.65143764735, 9842.714838383978,
];
const MIDDLE_OVER = [
  1, 22.266688044328117, 235.387901782625, 1519.3775994075547, 6485.558298266761, 18615.571640885097, 34900.95272114598, 38912.00328609327,
  19685.429676859992,
];
const TAIL = [
  0.023073441764940174, 0.215898534057957, 0.12740116116024736, 0.022235277870649807, 0.0014216191932278934, 0.000029112874951168793,
];
const TAIL_OVER = [1, 1.284260096144911, 0.4682382124808651, 0.06598813786892856, 0.0037823963320275824, 0.00007297515550839662];
const INV_SQRT_2PI = 0.3989422804014327;

/** exp(-y^2 / 2) without the rounding of y^2: y is split at 1/16, whose square is exact. */
function gauss(y: number): number {
  const head = Math.trunc(y * 16) / 16;
  return Math.exp(-0.5 * head * head) * Math.exp(-0.5 * (y - head) * (y + head));
}

function upperTail(y: number): number {
  if (y <= Math.sqrt(32)) return gauss(y) * (polynomial(MIDDLE, y) / polynomial(MIDDLE_OVER, y));
  const s = 1 / (y * y);
  return gauss(y) * ((INV_SQRT_2PI - (s * polynomial(TAIL, s)) / polynomial(TAIL_OVER, s)) / y);
}

/**
 * Standard normal distribution function: the probability of a value of at most x. Relative error below 1e-14 down to x = -37.5, also
 * in the lower tail. Source: Cody, "Algorithm 715: SPECFUN", ACM Trans. Math. Software 19(1), 1993 (ANORM), after his "Rational
 * Chebyshev Approximations for the Error Function", Math. Comp. 23, 1969.
 */
export function normalCdf(x: number): number {
  const y = Math.abs(x);
  if (y <= 0.66291) return 0.5 + (x * polynomial(CENTRE, x * x)) / polynomial(CENTRE_OVER, x * x);
  if (y > 40) return x < 0 ? 0 : 1;
  return x < 0 ? upperTail(y) : 1 - upperTail(y);
}

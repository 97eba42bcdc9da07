/**
 * Whole units of 10^-dp as plain text without trailing zeros, for numbers of at most 2^53 - 1: what a venue prints a thousand times a second.
 */
export function plainText(units: number, dp: number): string {
  if (dp === 0) return String(units);
  const sign = units < 0 ? "-" : "";
  const digits = String(units < 0 ? -units : units).padStart(dp + 1, "0");
  const point = digits.length - dp;
  let end = digits.length;
  while (end > point && digits.charCodeAt(end - 1) === 48) end--;
  return end === point ? sign + digits.slice(0, point) : `${sign}${digits.slice(0, point)}.${digits.slice(point, end)}`;
}

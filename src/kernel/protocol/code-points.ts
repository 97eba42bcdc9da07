// The protocol counts Unicode code points, JavaScript UTF-16 units.

/** UTF-16 offset of a position given in code points. */
export function toUtf16(text: string, codePoints: number): number {
  let offset = 0;
  for (let n = 0; n < codePoints && offset < text.length; n++) offset += text.codePointAt(offset)! > 0xffff ? 2 : 1;
  return offset;
}

/** Position in code points of a UTF-16 offset. */
export function toCodePoints(text: string, offset: number): number {
  let n = 0;
  for (let at = 0; at < offset && at < text.length; n++) at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  return n;
}

/** First byte of a WebSocket message in one frame that is text (RFC 6455, 5.2). */
const WHOLE_TEXT = 0x81;

/** Bytes before the payload of a frame that a server sends: it does not mask. */
function headerSize(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : 10;
}

/** Several messages as WebSocket text frames, one after the other, in one piece of memory: a server that sends ten thousand a second writes them together. */
export function textFrames(texts: readonly string[]): Buffer {
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + headerSize(length) + length, 0));
  let at = 0;
  for (const [i, text] of texts.entries()) {
    const length = lengths[i]!;
    bytes[at] = WHOLE_TEXT;
    if (length < 126) bytes[at + 1] = length;
    else if (length < 65_536) {
      bytes[at + 1] = 126;
      bytes.writeUInt16BE(length, at + 2);
    } else {
      bytes[at + 1] = 127;
      bytes.writeBigUInt64BE(BigInt(length), at + 2);
    }
    at += headerSize(length);
    at += bytes.write(text, at);
  }
  return bytes;
}

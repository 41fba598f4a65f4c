/** How large a chunk gets. */
const CHUNK_BYTES = 262_144;
/** One unit of text has at most three octets in UTF-8. */
const OCTETS = 3;

/** A part of a buffer. */
export interface Piece {
  readonly bytes: Buffer;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** Writes a text as UTF-8, and returns where it is. */
export type ByteWriter = (text: string) => Piece;

/**
 * Returns a function that writes texts one after the other into buffers that they share. Texts that live until a whole calendar is written cost
 * the garbage collector more than writing them.
 */
export function createByteWriter(): ByteWriter {
  let chunk = Buffer.alloc(0);
  let used = 0;
  return (text) => {
    const most = text.length * OCTETS;
    if (used + most > chunk.length) {
      chunk = Buffer.allocUnsafeSlow(Math.max(most, Math.min(2 * chunk.length, CHUNK_BYTES)));
      used = 0;
    }
    const from = used;
    used += chunk.write(text, from);
    return { bytes: chunk, from, to: used };
  };
}

import { crc32, deflateSync, inflateSync } from 'node:zlib';

/** A picture of a page with a palette of 256 colours: half the bytes, and no eye sees it. */

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const COLORS = 256;

interface Picture {
  readonly width: number;
  readonly height: number;
  /** 0xRRGGBB, row by row. */
  readonly pixels: Uint32Array;
}

/** The same picture with the colours it has most; each other one becomes the nearest of them. Takes what Chromium writes. */
export function withPalette(png: Buffer): Buffer {
  const { width, height, pixels } = decode(png);
  const counts = new Map<number, number>();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const palette = [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([color]) => color)
    .slice(0, COLORS);
  const places = new Map(palette.map((color, at) => [color, at]));
  for (const color of counts.keys()) if (!places.has(color)) places.set(color, nearest(color, palette));
  const rows = Buffer.alloc(height * (width + 1));
  for (const [at, pixel] of pixels.entries()) rows[at + Math.floor(at / width) + 1] = places.get(pixel) ?? 0;
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const colors = Buffer.from(palette.flatMap(parts));
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', head),
    chunk('PLTE', colors),
    chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const parts = (color: number): [number, number, number] => [color >> 16, (color >> 8) & 255, color & 255];

function nearest(color: number, palette: readonly number[]): number {
  const [red, green, blue] = parts(color);
  const distances = palette.map((one) => {
    const [r, g, b] = parts(one);
    return (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;
  });
  return distances.indexOf(Math.min(...distances));
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const frame = Buffer.alloc(8 + body.length);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), 4 + body.length);
  return frame;
}

function decode(png: Buffer): Picture {
  const [width, height, depth, type] = [png.readUInt32BE(16), png.readUInt32BE(20), png[24], png[25]];
  if (depth !== 8 || (type !== 2 && type !== 6)) throw new Error('This is not a picture as Chromium writes it.');
  const size = type === 2 ? 3 : 4;
  const data: Buffer[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at))
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
      data.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  const raw = inflateSync(Buffer.concat(data));
  const line = width * size;
  const pixels = new Uint32Array(width * height);
  let above = new Uint8Array(line);
  for (let row = 0; row < height; row++) {
    const start = row * (line + 1);
    const own = unfiltered(raw[start] ?? 0, raw.subarray(start + 1, start + 1 + line), above, size);
    for (let x = 0; x < width; x++)
      pixels[row * width + x] =
        ((own[x * size] ?? 0) << 16) | ((own[x * size + 1] ?? 0) << 8) | (own[x * size + 2] ?? 0);
    above = own;
  }
  return { width, height, pixels };
}

/** A row of bytes; PNG, section 9. */
function unfiltered(filter: number, coded: Uint8Array, above: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const own = new Uint8Array(coded.length);
  for (let at = 0; at < coded.length; at++) {
    const [left, up, corner] = [own[at - size] ?? 0, above[at] ?? 0, above[at - size] ?? 0];
    const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
    own[at] = (coded[at] ?? 0) + guess;
  }
  return own;
}

function paeth(left: number, up: number, corner: number): number {
  const sum = left + up - corner;
  const [a, b, c] = [Math.abs(sum - left), Math.abs(sum - up), Math.abs(sum - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { CalendarDate } from '../../domain/calendar.ts';
import type { CalendarDocument } from '../../domain/feed.ts';
import { runInSlices } from '../../lib/cooperative.ts';

/** The form of a stored calendar: a digest, a line of JSON, and the bytes that the line describes. */

/** Of earlier forms no file is read. */
const FORMAT = 'plane-ics calendar 1';
const DIGEST_BYTES = 32;
/** How much is digested between two yield points. */
const PIECE_BYTES = 524_288;
/** What has a longer line is not stored. */
export const HEAD_BYTES = 65_536;

/** What a stored calendar was made of, and what is known of it besides its bytes. */
export interface Head {
  readonly feedKey: string;
  /** See `Feed`. */
  readonly revision: string;
  readonly day: CalendarDate;
  /** Digest of all that shapes its bytes besides contents and revisions. */
  readonly frame: string;
  /** Digests of its contents, in their order. */
  readonly contents: readonly string[];
  readonly etag: string;
  readonly events: number;
  readonly warning: string | null;
  readonly eventsByProject: readonly (readonly [projectId: string, events: number])[];
}

/** The bytes of a stored calendar. */
export interface StoredBytes extends Pick<CalendarDocument, 'identity' | 'gzip'> {
  /** The id and revision of each component that has one of ours. */
  readonly stamps: Buffer;
}

const size = z.int().min(0);
/** Checked where the digest is not: only the start of a file is read to decide whether it is of use. */
const line = z.object({
  format: z.literal(FORMAT),
  feedKey: z.string(),
  revision: z.string(),
  day: z.string(),
  frame: z.string(),
  contents: z.array(z.string()),
  etag: z.string(),
  events: size,
  warning: z.string().nullable(),
  eventsByProject: z.array(z.tuple([z.string(), size])),
  identityBytes: size,
  gzipBytes: size.nullable(),
});

type Line = z.infer<typeof line>;

/** A file that may still be torn or damaged. */
export interface StoredFile {
  readonly head: Head;
  /** Resolves to null where it is torn or damaged. */
  bytes(): Promise<StoredBytes | null>;
}

/** A calendar as a file; null where its head is too long. */
export async function encodeFile(head: Head, { identity, gzip, stamps }: StoredBytes): Promise<Uint8Array[] | null> {
  const sizes = { identityBytes: identity.length, gzipBytes: gzip?.length ?? null };
  const described = { ...head, ...sizes, format: FORMAT };
  const start = Buffer.from(`${JSON.stringify(described)}\n`);
  if (start.length > HEAD_BYTES - DIGEST_BYTES) return null;
  const content = Buffer.concat([start, identity, gzip ?? Buffer.alloc(0), stamps]);
  return [await digestOf(content), content];
}

/** Reads a file, or its first `HEAD_BYTES`; null where that is not of this form. */
export function decodeFile(file: Buffer): StoredFile | null {
  const content = file.subarray(DIGEST_BYTES);
  const end = content.indexOf('\n') + 1;
  const described = parseLine(content.toString('utf8', 0, end));
  if (described === null) return null;
  const { format: _format, identityBytes, gzipBytes, ...head } = described;
  return {
    head,
    bytes: async () => {
      if (!file.subarray(0, DIGEST_BYTES).equals(await digestOf(content))) return null;
      const [from, to] = [end + identityBytes, end + identityBytes + (gzipBytes ?? 0)];
      return {
        identity: content.subarray(end, from),
        gzip: gzipBytes === null ? null : content.subarray(from, to),
        stamps: content.subarray(to),
      };
    },
  };
}

function parseLine(text: string): Line | null {
  try {
    return line.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function digestOf(content: Buffer): Promise<Buffer> {
  return runInSlices(digesting(content));
}

function* digesting(content: Buffer): Generator<undefined, Buffer> {
  const digest = createHash('sha256');
  for (let from = 0; from < content.length; from += PIECE_BYTES) {
    digest.update(content.subarray(from, from + PIECE_BYTES));
    yield;
  }
  return digest.digest();
}

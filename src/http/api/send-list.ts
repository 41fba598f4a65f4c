import { Readable } from 'node:stream';
import type { Context } from 'koa';
import { createYieldPoint } from '../../lib/cooperative.ts';

/**
 * Sends `{"<name>": [...]}` with the JSON of each entry. A long list is serialized in pieces, so that other requests are answered in
 * between, and sent in pieces too: joining them would take as long as a third of them.
 */
export async function sendList<T>(
  ctx: Context,
  name: string,
  list: readonly T[],
  toJson: (entry: T) => object | Promise<object>,
): Promise<void> {
  const pause = createYieldPoint();
  const pieces: Buffer[] = [];
  let text = `{${JSON.stringify(name)}:[`;
  for (const [at, entry] of list.entries()) {
    text += (at === 0 ? '' : ',') + JSON.stringify(await toJson(entry));
    const yielding = pause();
    if (!yielding) continue;
    pieces.push(Buffer.from(text));
    text = '';
    await yielding;
  }
  pieces.push(Buffer.from(`${text}]}`));
  ctx.body = Readable.from(pieces, { objectMode: false });
  ctx.length = pieces.reduce((sum, { length }) => sum + length, 0);
  ctx.type = 'json';
}

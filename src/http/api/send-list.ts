import type { Context } from 'koa';
import { createYieldPoint } from '../../lib/cooperative.ts';

/**
 * Answers `{"<name>": [...]}` with the JSON of each entry. However long the list is, it is written in pieces, between which other
 * requests are answered.
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
    const turn = pause();
    if (!turn) continue;
    pieces.push(Buffer.from(text));
    text = '';
    await turn;
  }
  pieces.push(Buffer.from(`${text}]}`));
  ctx.body = Buffer.concat(pieces);
  ctx.type = 'json';
}

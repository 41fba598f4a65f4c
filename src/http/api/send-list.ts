import { Readable } from 'node:stream';
import type { Context } from 'koa';
import { createYieldPoint } from '../../lib/cooperative.ts';

/** Sends `{"<name>": [...]}` with the JSON of each entry; see `sendLists`. */
export async function sendList<T>(
  ctx: Context,
  name: string,
  list: readonly T[],
  toJson: (entry: T) => object | Promise<object>,
): Promise<void> {
  await sendLists(ctx, {}, { [name]: mapped(list, toJson) });
}

/**
 * Sends an object with these fields, and with these lists. A long list is serialized in pieces, so that other requests are answered in
 * between, and sent in pieces too: joining them would take as long as a third of them.
 */
export async function sendLists(
  ctx: Context,
  fields: object,
  lists: Readonly<Record<string, Iterable<object | Promise<object>>>>,
): Promise<void> {
  const pause = createYieldPoint();
  const pieces: Buffer[] = [];
  let text = JSON.stringify(fields).slice(0, -1);
  for (const [name, list] of Object.entries(lists)) {
    text += `${text === '{' ? '' : ','}${JSON.stringify(name)}:[`;
    let isFirst = true;
    for (const entry of list) {
      text += (isFirst ? '' : ',') + JSON.stringify(await entry);
      isFirst = false;
      const yielding = pause();
      if (!yielding) continue;
      pieces.push(Buffer.from(text));
      text = '';
      await yielding;
    }
    text += ']';
  }
  pieces.push(Buffer.from(`${text}}`));
  ctx.body = Readable.from(pieces, { objectMode: false });
  ctx.length = pieces.reduce((sum, { length }) => sum + length, 0);
  ctx.type = 'json';
}

/** The JSON of each entry, made when it is needed. */
export function* mapped<T, Json>(list: Iterable<T>, toJson: (entry: T) => Json): Generator<Json> {
  for (const entry of list) yield toJson(entry);
}

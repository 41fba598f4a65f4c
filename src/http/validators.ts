/** Conditional requests (RFC 9110 section 13), evaluated by us: Koa's `ctx.fresh` refuses 304 to Thunderbird, which sends `no-cache`. */

/** A document's validators as they are sent for one coding. */
export interface Validators {
  /** Without quotes and coding suffix. */
  readonly etag: string;
  readonly lastModifiedMs: number;
}

/** True when what the client holds is current: If-None-Match decides when it is there, else If-Modified-Since. */
export function isCurrent(ifNoneMatch: string, ifModifiedSince: string, { etag, lastModifiedMs }: Validators): boolean {
  if (ifNoneMatch !== '') return ifNoneMatch.trim() === '*' || entityTags(ifNoneMatch).includes(etag);
  const since = Date.parse(ifModifiedSince);
  return !Number.isNaN(since) && lastModifiedMs <= since;
}

/** The opaque tags of a list, without weakness mark and coding suffix: whatever coding the client holds, the calendar is the same. */
function entityTags(list: string): string[] {
  return [...list.matchAll(/(?:W\/)?"([^"]*)"/g)].map(([, tag]) => (tag ?? '').replace(/-gz$/, ''));
}

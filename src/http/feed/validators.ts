import { parseHttpDate } from '../../lib/http-date.ts';

/** Conditional requests (RFC 9110 section 13). Koa's `ctx.fresh` would never send 304 to Thunderbird, which sends `no-cache`. */

/** A document's validators. */
export interface Validators {
  /** Without quotes and coding suffix. */
  readonly etag: string;
  readonly lastModifiedMs: number;
}

/** A request's If-None-Match and If-Modified-Since; "" for a missing header. */
export interface Conditions {
  readonly ifNoneMatch: string;
  readonly ifModifiedSince: string;
}

/** One tag of a list (RFC 9110 sections 8.8.3 and 5.6.1); the first group is what is between its quotes. */
const ENTITY_TAG = /[ \t,]*(?:W\/)?"([\x21\x23-\x7e\x80-\xff]*)"(?:-gzip)?[ \t]*(?:,|$)/y;

/**
 * What may follow our tag. Ours is "-gz". Proxies that compress a response add a suffix, and pass it back in If-None-Match:
 *
 * - "-gzip", "-br", "-deflate", "-zstd": Apache (`DeflateAlterETag AddSuffix` and `BrotliAlterETag AddSuffix`, both the default), where
 *   releases before 2.4 put it behind the quotes; Caddy's `encode`; Go's gzhttp (`SuffixETag`).
 * - "--gzip", "--br": Jetty (`CompressedContentFormat`), formerly ";gzip".
 * - nginx, HAProxy, Varnish and Cloudflare make the tag weak instead, which the comparison ignores.
 */
const CODING = /^(?:-gz)?(?:(?:--?|;)(?:gzip|br|deflate|zstd))?$/;

/**
 * True when the client's copy is current, in whatever coding: by If-None-Match with weak comparison (RFC 9110 section 13.1.2), or without
 * that header by If-Modified-Since. Malformed values are ignored. `now` is in milliseconds since the epoch.
 */
export function isCurrent({ ifNoneMatch, ifModifiedSince }: Conditions, validators: Validators, now: number): boolean {
  const { etag, lastModifiedMs } = validators;
  if (ifNoneMatch === '') {
    const since = parseHttpDate(ifModifiedSince, now);
    return since !== null && lastModifiedMs <= since;
  }
  if (ifNoneMatch.trim() === '*') return true;
  // Our tags are hashes of one length, so a tag with this prefix is ours.
  return entityTags(ifNoneMatch).some((tag) => tag.startsWith(etag) && CODING.test(tag.slice(etag.length)));
}

/** The opaque tags of a list, up to the first that is malformed. */
function entityTags(list: string): string[] {
  const tags: string[] = [];
  ENTITY_TAG.lastIndex = 0;
  for (let found = ENTITY_TAG.exec(list); found; found = ENTITY_TAG.exec(list)) tags.push(found[1] ?? '');
  return tags;
}

/** Truncates text of others, never inside a grapheme or a link. */

/** Finds graphemes: a flag, an emoji with its skin tone, a letter with its accents (UAX #29). */
const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** Units after the cut that are enough to recognize a link that begins before it. */
const LOOKAHEAD = 64;
const SPACE = /\s/;
const DOMAIN_OR_EMAIL = /[a-z\d-]\.[a-z]{2}|\w@\w/i;

/**
 * At most `length` UTF-16 units of a well-formed text, ending with "…" where text is missing: where it was longer, or is truncated already
 * (`isPartial`). A link that does not fit is left out entirely, and "…" never follows one directly, since apps would include it in the
 * address.
 */
export function truncate(text: string, length: number, isPartial = false): string {
  if (text.length <= length && !isPartial) return text;
  if (length < 1) return '';
  const near = text.slice(0, length + LOOKAHEAD);
  let end = Math.min(length - 1, near.length);
  for (;;) {
    const start = graphemeStart(near, end);
    const cut = linkAround(near, start) ?? start;
    if (cut < end) {
      end = cut;
      continue;
    }
    end = withoutTrailing(near, end);
    const head = near.slice(0, end);
    const link = linkAround(head, end);
    if (link !== null && end + 2 <= length) return `${head} …`;
    // The ellipsis may combine with the character before it.
    const next = link ?? graphemeStart(`${head}…`, end);
    if (next === end) return `${head}…`;
    end = next;
  }
}

/** Where the grapheme with the unit at `index` starts. Segmenting is slow, so ASCII skips it. */
function graphemeStart(text: string, index: number): number {
  if (index <= 0 || index >= text.length || (isAscii(text, index - 1) && isAscii(text, index))) return index;
  return GRAPHEMES.segment(text).containing(index)?.index ?? index;
}

function isAscii(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code >= 0x20 && code < 0x7f;
}

/** `end` without the spaces before it, and without opening brackets of the text that is cut off. */
function withoutTrailing(text: string, end: number): number {
  let index = end;
  for (;;) {
    const last = text.charAt(index - 1);
    const isAlone = index === 1 || SPACE.test(text.charAt(index - 2));
    if (!SPACE.test(last) && !(isAlone && '([{'.includes(last))) return index;
    index--;
  }
}

/**
 * Where the link with the unit before `index` starts, when it continues at `index` or the text ends there; null when there is none. Text without
 * a scheme that apps treat as a link, such as a domain or an e-mail address, counts as one.
 */
function linkAround(text: string, index: number): number | null {
  if (index < text.length && !mayBeInLink(text, index)) return null;
  let start = index;
  while (start > 0 && mayBeInLink(text, start - 1)) start--;
  if (start === index) return null;
  let end = index;
  while (end < text.length && mayBeInLink(text, end)) end++;
  const word = text.slice(start, end);
  const scheme = schemeStart(word);
  if (scheme !== null && start + scheme < index) return start + scheme;
  return DOMAIN_OR_EMAIL.test(scheme === null ? word : word.slice(0, scheme)) ? start : null;
}

/** Space, quotes, angle brackets and punctuation of other scripts than Latin end a link. */
function mayBeInLink(text: string, index: number): boolean {
  const unit = text.charAt(index);
  return isAscii(text, index) ? !' "<>'.includes(unit) : !/[\s\p{P}\p{Cc}]/u.test(unit);
}

function schemeStart(word: string): number | null {
  const colon = word.indexOf('://');
  if (colon < 1) return null;
  let start = colon;
  while (start > 0 && /[a-z\d+.-]/i.test(word.charAt(start - 1))) start--;
  return start === colon ? null : start;
}

/** Descriptions that are HTML, as Google and Outlook write them, as a person sees them. */

const TAG = /<(\/?[a-z][a-z0-9]*(?::[a-z]+)?)((?:\s[^<>]*)?)\/?>/gi;
/** Tags that don't end a word. */
const INLINE = /^\/?(?:a|abbr|b|bdi|bdo|big|cite|code|em|font|i|ins|kbd|mark|q|s|small|span|strong|sub|sup|tt|u|wbr)$/i;
const HREF = /\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"']+))/i;
const ENTITY = /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(amp|lt|gt|quot|apos|nbsp|shy|ndash|mdash|hellip));/gi;
const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  shy: '\u00ad',
  ndash: '–',
  mdash: '—',
  hellip: '…',
};
const LAST_CODE_POINT = 0x10ffff;

/** The text of a description without its tags, followed by the addresses it links to; a plain text as it is. */
export function plainText(text: string): string {
  if (!text.includes('<') && !text.includes('&')) return text;
  const links: string[] = [];
  const bare = text.replace(TAG, (_tag, name: string, attributes: string) => {
    const [, double, single, bareValue] = HREF.exec(attributes) ?? [];
    const link = double ?? single ?? bareValue;
    if (link !== undefined) links.push(link);
    return INLINE.test(name) ? '' : '\n';
  });
  return decoded([bare, ...links].join('\n'));
}

function decoded(text: string): string {
  return text.replace(ENTITY, (_entity, decimal?: string, hexadecimal?: string, name?: string) => {
    if (name !== undefined) return NAMED[name.toLowerCase()] ?? ' ';
    const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
    return code <= LAST_CODE_POINT ? String.fromCodePoint(code).toWellFormed() : '\ufffd';
  });
}

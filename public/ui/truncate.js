/** Truncates a text to at most `length` UTF-16 code units, ending with "…"; never splits an emoji, a flag or a letter with accents. @param {string} text @param {number} length */
export function shorten(text, length) {
  if (text.length <= length) return text;
  let start = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (start.length + segment.length >= length) break;
    start += segment;
  }
  return `${start.trimEnd()}…`;
}

/** At most so many characters of a text, ending with "…" where it was longer; never a part of a flag, of an emoji or of a letter with its accents. @param {string} text @param {number} length */
export function shorten(text, length) {
  if (text.length <= length) return text;
  let kept = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (kept.length + segment.length >= length) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

/** What spreadsheets take for the start of a formula (OWASP, "CSV injection"). */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
/** What is not seen in front of one. */
const UNSEEN = /^[\s\p{Cf}]+/u;
const NEEDS_QUOTES = /[",;\t\r\n']|^\s|\s$/;

/** Rows as CSV (RFC 4180). A cell that a spreadsheet would run as a formula gets an apostrophe in front, which it does not show. */
export function csv(rows: readonly (readonly string[])[]): string {
  return rows.map(csvLine).join('');
}

/** One row, with the end of its line. */
export function csvLine(row: readonly string[]): string {
  return `${row.map(cell).join(',')}\r\n`;
}

function cell(text: string): string {
  const safe = FORMULA.test(text.replace(UNSEEN, '')) || FORMULA.test(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

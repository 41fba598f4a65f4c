/** A text table with columns as wide as their content. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => lengthOf(row[column]))));
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - lengthOf(cell))).join('  ');
  return all.map((row) => `${line(row).trimEnd()}\n`).join('');
}

/** In code points. */
function lengthOf(cell = ''): number {
  return Array.from(cell).length;
}

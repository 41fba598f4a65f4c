/** A text table with columns as wide as their content; those of numbers, by index, are aligned right. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  numbers: readonly number[] = [],
): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => lengthOf(row[column]))));
  const padded = (cell: string, column: number): string => {
    const padding = ' '.repeat((widths[column] ?? 0) - lengthOf(cell));
    return numbers.includes(column) ? padding + cell : cell + padding;
  };
  return all.map((row) => `${row.map(padded).join('  ').trimEnd()}\n`).join('');
}

/** In code points. */
function lengthOf(cell = ''): number {
  return Array.from(cell).length;
}

/** What the bench finds, and how it is printed. */

/** One line of the table: a median with its range, and its limit. */
export interface Finding {
  readonly row: string;
  readonly what: string;
  /** "×" for a ratio. */
  readonly unit: string;
  readonly min: number;
  readonly median: number;
  readonly max: number;
  /** The median may be at most this; null for what is only shown. */
  readonly limit: number | null;
}

/** The middle value; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** Each value over its partner of the same round. */
export function ratios(above: readonly number[], below: readonly number[]): number[] {
  return above.map((value, round) => value / (below[round] ?? NaN));
}

/** What rounds gave, as one line. Throws when there is nothing or a value is no number: then nothing was measured. */
export function finding(
  row: string,
  what: string,
  unit: string,
  values: readonly number[],
  limit: number | null = null,
): Finding {
  if (values.length === 0 || !values.every(Number.isFinite)) throw new Error(`${row}: ${what} was not measured`);
  return { row, what, unit, min: Math.min(...values), median: median(values), max: Math.max(...values), limit };
}

/** True unless the limit is exceeded. */
export function isMet({ median: value, limit }: Finding): boolean {
  return limit === null || value <= limit;
}

/** Three digits that count. */
function digits(value: number): string {
  if (value >= 1000) return value.toFixed(0);
  return Number(value.toPrecision(3)).toString();
}

/** The findings as a table in Markdown, as docs/performance.md has it. */
export function table(findings: readonly Finding[]): string {
  const rows = findings.map((one) => [
    `\`${one.row}\``,
    one.what,
    `${digits(one.median)} ${one.unit}`,
    one.min === one.max ? '' : `${digits(one.min)} – ${digits(one.max)}`,
    one.limit === null ? '' : `≤ ${digits(one.limit)}${isMet(one) ? '' : ' (missed)'}`,
  ]);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [['Row', 'What', 'Median', 'Range', 'Limit'], ['---', '---', '---', '---', '---'], ...rows]
    .map(line)
    .join('\n');
}

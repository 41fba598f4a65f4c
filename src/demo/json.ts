/**
 * JSON as Python writes it. Plane's answers are compact UTF-8; its webhook bodies have spaces behind separators and only ASCII, so that a
 * signature over JSON.stringify of them never fits.
 */

/** Fields that are floats in Plane: written with ".0" when whole. */
const FLOATS = new Set(['sort_order', 'sequence']);

/** Shape of JSON values the small Plane holds. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** How JSON is spaced and escaped. */
export interface JsonStyle {
  readonly spaced: boolean;
  readonly ascii: boolean;
}

/** Of answers of the API. */
export const ANSWER_STYLE: JsonStyle = { spaced: false, ascii: false };

/** Of webhook bodies. */
export const WEBHOOK_STYLE: JsonStyle = { spaced: true, ascii: true };

/** The value as Plane prints it; `key` is the name of the property. */
export function pythonJson(value: Json, style: JsonStyle, key = ''): string {
  const separator = style.spaced ? ', ' : ',';
  if (typeof value === 'string') return style.ascii ? toAscii(JSON.stringify(value)) : JSON.stringify(value);
  if (typeof value === 'number') return FLOATS.has(key) && Number.isInteger(value) ? `${value}.0` : String(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (isList(value)) return `[${value.map((one) => pythonJson(one, style)).join(separator)}]`;
  const pairs = Object.entries(value).map(
    ([name, one]) => `${pythonJson(name, style)}:${style.spaced ? ' ' : ''}${pythonJson(one, style, name)}`,
  );
  return `{${pairs.join(separator)}}`;
}

function isList(value: readonly Json[] | Readonly<Record<string, Json>>): value is readonly Json[] {
  return Array.isArray(value);
}

function toAscii(text: string): string {
  return text.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

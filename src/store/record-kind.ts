/** Kinds of records. */

/** Printable ASCII above "!", which separates kind and id in keys, so that (kind, id) sorts as the key does. */
const KIND = /^[\x22-\x7e]+$/;

/** Throws a RangeError for a kind that could be confused with an id. */
export function checkKind(kind: string): void {
  if (!KIND.test(kind)) throw new RangeError(`"${kind}" can't be a kind of record: use letters and digits.`);
}

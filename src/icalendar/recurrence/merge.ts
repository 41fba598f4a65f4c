/** The elements of several sorted lists, sorted: lazily, and of equal ones that of the earlier list first. */
export function* mergeSorted<T>(lists: readonly Iterable<T>[], keyOf: (element: T) => number): Generator<T> {
  const heads: { list: Iterator<T>; value: T; key: number }[] = [];
  for (const one of lists) {
    const list = one[Symbol.iterator]();
    const head = list.next();
    if (head.done !== true) heads.push({ list, value: head.value, key: keyOf(head.value) });
  }
  while (heads.length > 0) {
    const least = heads.reduce((best, head) => (head.key < best.key ? head : best));
    yield least.value;
    const next = least.list.next();
    if (next.done === true) heads.splice(heads.indexOf(least), 1);
    else Object.assign(least, { value: next.value, key: keyOf(next.value) });
  }
}

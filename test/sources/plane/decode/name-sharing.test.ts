import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeWorkItem } from '../../../../src/sources/plane/decode/item.ts';
import { createNameSharing, copyOf } from '../../../../src/sources/plane/decode/name-sharing.ts';
import { ALPHA, acmeTables } from '../../../support/acme.ts';

test('equal lists are one list, others are as they were given', () => {
  const share = createNameSharing();
  const lists = fc.array(fc.uuid(), { maxLength: 4 });
  fc.assert(
    fc.property(lists, (list) => {
      expect(share.list(list)).toEqual(list);
      expect(share.list([...list])).toBe(share.list(list));
    }),
  );
  expect(share.text('a')).toBe('a');
  expect(share.text(null)).toBeNull();
});

test('items of one page share equal ids and lists', () => {
  const [row] = acmeTables().projects.get(ALPHA)!.items.values();
  const worn = { ...row, labels: ['5a1e5f1c-9c32-408e-9b6b-44ef9ab9bcb0'], assignees: [] };
  const decode = (share: ReturnType<typeof createNameSharing>) =>
    decodeWorkItem(structuredClone(worn), { identifier: 'ALPHA', wasSent: () => true, share }).item!;
  const share = createNameSharing();
  const [first, second] = [decode(share), decode(share)];
  expect(second.labelIds).toBe(first.labelIds);
  expect(second).toEqual(first);
  expect(decode(createNameSharing()).labelIds).not.toBe(first.labelIds);
});

test('a copy of a text is equal to it', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), (text) => copyOf(text) === text));
});

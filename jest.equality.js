import { Buffer } from 'node:buffer';
import { expect } from '@jest/globals';

/** Compares bytes at once: Jest would compare each as a property, which takes long for a calendar. */
expect.addEqualityTesters([(a, b) => (Buffer.isBuffer(a) && Buffer.isBuffer(b) ? a.equals(b) : undefined)]);

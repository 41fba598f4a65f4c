import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import type { Seal } from '../lib/seal.ts';

/** Encrypts stored secrets, such as passwords: AES-256-GCM with a new nonce each time. The record is additional data, so that what is sealed opens in no other one. */
export type Vault = Seal;

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Begins what is sealed for a record. What was sealed before 0.2, for none, has no prefix, and opens in any. */
const PREFIX = '2.';

/** `key` is a text with at least 128 random bits. */
export function createVault(key: string): Vault {
  const secretKey = createHash('sha256').update(`vault ${key}`).digest();
  return {
    seal: (secret, record) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', secretKey, nonce).setAAD(Buffer.from(JSON.stringify(record)));
      const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return PREFIX + Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
    },
    open: (sealed, record) => {
      const isBound = sealed.startsWith(PREFIX);
      const bytes = Buffer.from(isBound ? sealed.slice(PREFIX.length) : sealed, 'base64url');
      if (bytes.length < NONCE_BYTES + TAG_BYTES) return null;
      const nonce = bytes.subarray(0, NONCE_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', secretKey, nonce, { authTagLength: TAG_BYTES });
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      if (isBound) decipher.setAAD(Buffer.from(JSON.stringify(record)));
      try {
        return decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
      } catch {
        return null;
      }
    },
  };
}

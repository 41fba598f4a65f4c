import { hash, randomBytes } from 'node:crypto';

const TOKEN_BYTES = 16;
const TOKEN = /^[\w-]{22}$/;

/** The secret of a new address, and what is stored of it. */
export function newToken(): { readonly token: string; readonly tokenHash: string } {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  return { token, tokenHash: hashOf(token) };
}

/** True for a text with the shape of a token. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** SHA-256, base64url. */
export function hashOf(token: string): string {
  return hash('sha256', token, 'base64url');
}

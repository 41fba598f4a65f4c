import { expect, test } from '@jest/globals';
import type { Context } from 'koa';
import { pagePolicy, securityHeaders } from '../../../src/http/middleware/security-headers.ts';

/** What browsers are told of an answer. */
function headersOf(publicUrl = 'https://cal.example.com/plan'): Record<string, string> {
  const set: Record<string, string> = {};
  const ctx = { set: (table: Record<string, string>) => Object.assign(set, table) } as unknown as Context;
  void securityHeaders(publicUrl)(ctx, () => Promise.resolve());
  return Object.fromEntries(Object.entries(set).map(([name, value]) => [name.toLowerCase(), value]));
}

test('responses of the page and the API load nothing, can not be framed, and send no referrer', () => {
  expect(headersOf()).toEqual({
    'content-security-policy':
      "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    'cross-origin-embedder-policy': 'require-corp',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'origin-agent-cluster': '?1',
    'permissions-policy': expect.stringContaining('geolocation=()'),
    'referrer-policy': 'no-referrer',
    'strict-transport-security': 'max-age=31536000',
    'x-content-type-options': 'nosniff',
    'x-dns-prefetch-control': 'off',
    'x-download-options': 'noopen',
    'x-frame-options': 'DENY',
    'x-permitted-cross-domain-policies': 'none',
    'x-xss-protection': '0',
  });
});

test('browsers are bound to https only where PUBLIC_URL is', () => {
  expect(headersOf('http://cal.example.com')).not.toHaveProperty('strict-transport-security');
});

test('the page takes scripts from its own server alone, and none that a text became', () => {
  expect(pagePolicy).toMatch(/^default-src 'none'; script-src 'self'; /);
  expect(pagePolicy).toContain("require-trusted-types-for 'script'");
  expect(pagePolicy).not.toMatch(/unsafe|\*|https?:/);
});

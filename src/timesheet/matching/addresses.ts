import { comparable } from './words.ts';

/** Addresses in texts. A key inside one says nothing, unless it is a page of a work item in Plane. */

/** A page of a work item. */
export type ItemPage =
  { readonly identifier: string; readonly number: number } | { readonly projectId: string; readonly itemId: string };

/** A text without its addresses, and these. */
export interface WithoutAddresses {
  readonly text: string;
  readonly addresses: readonly string[];
}

const BREAKS = /[\s<>"]+/u;
const SEPARATORS = /([\s<>"]+)/u;
const SCHEME = /[a-z][a-z\d+.-]{0,30}$/i;
/** A domain, or a port, and a path without "https://". */
const BARE_ADDRESS = /(?:[\p{L}\p{N}-]\.[\p{L}\p{N}-]+|:\d{1,5})[/?#]/u;

/** Takes the addresses out of a text: they are what has "://" or "@" in it, and domains with a path. */
export function withoutAddresses(text: string): WithoutAddresses {
  if (!/[/@?#]/.test(text)) return { text, addresses: [] };
  const addresses: string[] = [];
  const kept = text.split(SEPARATORS).map((token) => {
    const start = BREAKS.test(token) ? -1 : addressStart(token);
    if (start < 0) return token;
    addresses.push(token.slice(start));
    return `${token.slice(0, start)} `;
  });
  return { text: kept.join(''), addresses };
}

/** Where in a word an address begins; -1 for none. */
function addressStart(token: string): number {
  const colon = token.indexOf('://');
  if (colon >= 0) {
    const scheme = SCHEME.exec(token.slice(Math.max(0, colon - 31), colon))?.[0] ?? '';
    return colon - scheme.length;
  }
  const at = token.indexOf('@');
  return (at > 0 && at < token.length - 1) || BARE_ADDRESS.test(token) ? 0 : -1;
}

/** Where Plane's web app is, without a slash at its end, and which workspace. */
export interface PlaneAddress {
  readonly webUrl: string;
  readonly workspace: string;
}

/** What follows an address in a sentence. */
const ENDS = new Set(".,;:!?)]}'»”’*");
const KEY = /^(.+)-([1-9]\d{0,14})$/su;
const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
// Plane, apps/web/app/routes/core.ts.
const BY_KEY = /^browse\/([^/]+)\/?$/;
const BY_ID = new RegExp(`^projects/(${UUID})/issues/(${UUID})/?$`, 'i');

/** Reads addresses of work items in one workspace; null for any other address. */
export function createPageReader({ webUrl, workspace }: PlaneAddress): (address: string) => ItemPage | null {
  const root = new URL(`${webUrl}/${encodeURIComponent(workspace)}/`);
  return (address) => {
    const full = address.includes('://') ? address : `${root.protocol}//${address.replace(/^[^\p{L}\p{N}]+/u, '')}`;
    const text = withoutEnd(full);
    if (!/^https?:/i.test(text) || !URL.canParse(text)) return null;
    const { host, pathname } = new URL(text);
    if (host !== root.host || !pathname.startsWith(root.pathname)) return null;
    return pageAt(pathname.slice(root.pathname.length));
  };
}

function withoutEnd(address: string): string {
  let end = address.length;
  while (end > 0 && ENDS.has(address.charAt(end - 1))) end--;
  return address.slice(0, end);
}

function pageAt(path: string): ItemPage | null {
  const [, projectId, itemId] = BY_ID.exec(path) ?? [];
  if (projectId !== undefined && itemId !== undefined)
    return { projectId: projectId.toLowerCase(), itemId: itemId.toLowerCase() };
  return keyPage(decoded(BY_KEY.exec(path)?.[1] ?? ''));
}

/** A key in any letter case; null for what is none. */
export function keyPage(text: string): ItemPage | null {
  const [, identifier, number] = KEY.exec(text) ?? [];
  return identifier === undefined ? null : { identifier: comparable(identifier), number: Number(number) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

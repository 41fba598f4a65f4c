import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { AppError } from '../../../domain/errors.ts';

/** Which addresses sources may connect to: public ones, and those that SOURCE_ALLOW names. */

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** What Azure's own services answer at, from a public range. */
const METADATA: readonly string[] = ['168.63.129.16'];
/** All global unicast addresses that were ever assigned (RFC 4291 section 2.4); others only look like it. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
const HOST = /^(?=.{1,253}$)[a-z\d_](?:[a-z\d_.-]*[a-z\d_])?$/;

/** Decides about one connection. */
export interface Reach {
  /** Whether a connection to this IP address is permitted; `host` is the name by which it was found, or the address itself. */
  permits(host: string, address: string): boolean;
}

/** An entry of SOURCE_ALLOW: a host name in lower case, or a network. */
type Entry = { readonly host: string } | { readonly network: Address; readonly bits: number };

/** Permits public addresses, and whatever has the name or is in a network that is listed. Invalid entries permit nothing. */
export function createReach(allowed: readonly string[]): Reach {
  const entries = allowed.flatMap((text) => parseEntry(text) ?? []);
  return {
    permits: (host, text) => {
      const address = addressOf(text);
      if (address === null) return false;
      const name = bareHost(host);
      return isPublic(address) || entries.some((entry) => matches(entry, name, address));
    },
  };
}

/** Whether a text can be an entry of SOURCE_ALLOW: a host name, an IP address, or a network such as 10.0.0.0/8. */
export function isAllowEntry(text: string): boolean {
  return parseEntry(text) !== null;
}

/** The error for an address that is not permitted. */
export function refusal(host: string): AppError {
  return new AppError(
    'source_refused',
    `${bareHost(host)} is on this machine or in a private network, so it isn't read. To allow it, set SOURCE_ALLOW=${bareHost(host)}, and restart or reload the server.`,
  );
}

/** The host of a URL without brackets and final dot, in lower case. */
export function bareHost(host: string): string {
  return host
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
}

/** An IPv4 address that is written as IPv6 counts as what it is. */
function addressOf(text: string): Address | null {
  // The library takes abbreviations for addresses, too, and the old IPv4-compatible form for IPv4.
  return isIP(text) === 0 || /^::\d{1,3}\./.test(text) ? null : ipaddr.process(text);
}

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast' || METADATA.includes(address.toString())) return false;
  return address.kind() === 'ipv4' || address.match(...GLOBAL_UNICAST);
}

function matches(entry: Entry, name: string, address: Address): boolean {
  if ('host' in entry) return entry.host === name;
  const { network, bits } = entry;
  return network.kind() === address.kind() && address.match(network, bits);
}

function parseEntry(text: string): Entry | null {
  const bare = bareHost(text.trim());
  // Of the ways to write an IPv4 address only the usual one is meant by anyone: the library takes 10/8 for 0.0.0.10/8.
  const isUsual = ipaddr.IPv4.isValidFourPartDecimal(bare.replace(/\/.*/, ''));
  if (ipaddr.isValidCIDR(bare)) {
    const [network, bits] = ipaddr.parseCIDR(bare);
    // Addresses are compared as what they are, so a network of IPv4 as IPv6 would have none.
    const isMapped = network instanceof ipaddr.IPv6 && network.isIPv4MappedAddress();
    return isMapped || !(isUsual || bare.includes(':')) ? null : { network, bits };
  }
  if (isUsual || bare.includes(':')) {
    const address = addressOf(bare);
    return address && { network: address, bits: address.kind() === 'ipv4' ? 32 : 128 };
  }
  return HOST.test(bare) && !/^[\d.]+$/.test(bare) ? { host: bare } : null;
}

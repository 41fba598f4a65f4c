import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { LRUCache } from 'lru-cache';

/** Identifies the visitor behind a request or connection, for limits per visitor. */

const IPV4_IN_IPV6 = /^::ffff:(?=\d{1,3}\.)/i;
/** Some proxies add the port to addresses in X-Forwarded-For; it differs for each connection. */
const WITH_PORT = /^(?:\[([^\]]*)\]|(\d{1,3}(?:\.\d{1,3}){3}))(?::\d{1,5})?$/;

/**
 * The key of an address in limits: an IPv4 address, also one mapped into IPv6 (RFC 4291 section 2.5.5.2); the /64 of an IPv6 address, since one
 * visitor has all addresses of it (RFC 6177). A port is removed. Anything else, such as "unknown" in X-Forwarded-For, is cut to 60 characters.
 */
export function visitorOf(address: string): string {
  const [, inBrackets, dotted] = WITH_PORT.exec(address) ?? [];
  const [bare = ''] = (inBrackets ?? dotted ?? address).replace(IPV4_IN_IPV6, '').split('%');
  return isIPv6(bare) ? `${networkOf(bare)}::/64` : bare.slice(0, 60);
}

/** The first four of the eight groups of an IPv6 address, without leading zeros. */
function networkOf(address: string): string {
  const [head = [], tail = []] = address.split('::').map((half) => (half === '' ? [] : half.split(':')));
  // A dotted IPv4 address at the end replaces two groups.
  const written = head.length + tail.length + Number(address.includes('.'));
  const groups = address.includes('::') ? [...head, ...Array<string>(8 - written).fill('0'), ...tail] : head;
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

/** Addresses that may be an unconfigured proxy or the gateway of a container, with many visitors behind it. */
const NEAR = new BlockList();
NEAR.addAddress('127.0.0.1');
NEAR.addAddress('::1', 'ipv6');
for (const [network, prefix] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  NEAR.addSubnet(network, prefix);
NEAR.addSubnet('fc00::', 7, 'ipv6');
NEAR.addSubnet('fe80::', 10, 'ipv6');

/** Longer than any address. */
const TOO_LONG = 100;
/** Whether addresses are near, found before: every request asks, and most come from a few proxies. */
const known = new LRUCache<string, boolean>({ max: 1_000 });

/** Whether an address belongs to this machine or a private network (RFC 1918, RFC 6598, RFC 4193, RFC 3927). */
export function isNear(address: string): boolean {
  if (address.length >= TOO_LONG) return false;
  let near = known.get(address);
  if (near === undefined) known.set(address, (near = isInNear(address)));
  return near;
}

function isInNear(address: string): boolean {
  const [bare = ''] = address.replace(IPV4_IN_IPV6, '').split('%');
  return isIPv4(bare) ? NEAR.check(bare) : isIPv6(bare) && NEAR.check(bare, 'ipv6');
}

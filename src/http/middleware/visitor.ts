import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** Who a request or connection comes from, as limits per visitor count them. */

const IPV4_IN_IPV6 = /^::ffff:(?=\d{1,3}\.)/i;
/** As some proxies write addresses into X-Forwarded-For; the port is another for each connection. */
const WITH_PORT = /^(?:\[([^\]]*)\]|(\d{1,3}(?:\.\d{1,3}){3}))(?::\d{1,5})?$/;

/**
 * What limits count an address under: an IPv4 address as it is, also one mapped into IPv6 (RFC 4291 section 2.5.5.2); the /64 of an IPv6
 * address, of which one visitor has all addresses (RFC 6177); a port is left out; anything else, such as "unknown" in X-Forwarded-For, as it is, cut to 60
 * characters.
 */
export function visitorOf(address: string): string {
  const [, inBrackets, dotted] = WITH_PORT.exec(address) ?? [];
  const [bare = ''] = (inBrackets ?? dotted ?? address).replace(IPV4_IN_IPV6, '').split('%');
  return isIPv6(bare) ? `${networkOf(bare)}::/64` : bare.slice(0, 60);
}

/** The first four of the eight groups of an IPv6 address, without leading zeros. */
function networkOf(address: string): string {
  const [head = [], tail = []] = address.split('::').map((half) => (half === '' ? [] : half.split(':')));
  // Dotted digits at the end stand for two groups.
  const written = head.length + tail.length + Number(address.includes('.'));
  const groups = address.includes('::') ? [...head, ...Array<string>(8 - written).fill('0'), ...tail] : head;
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

/** Where a proxy of which the settings say nothing may be, or the gateway of a container, behind which are many visitors. */
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

/** Whether an address is of this machine or of a private network (RFC 1918, RFC 6598, RFC 4193, RFC 3927). */
export function isNear(address: string): boolean {
  const [bare = ''] = address.replace(IPV4_IN_IPV6, '').split('%');
  return isIPv4(bare) ? NEAR.check(bare) : isIPv6(bare) && NEAR.check(bare, 'ipv6');
}

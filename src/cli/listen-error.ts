import { isIPv6 } from 'node:net';
import { faultCode } from '../store/storage-error.ts';

/** The address that a server tried to listen on. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  /** How the port was set. */
  readonly portSetting: 'PORT' | '--port';
}

const OTHER_HOST =
  'Set HOST to one of its addresses, to 127.0.0.1 for this machine only, or to 0.0.0.0 for all addresses.';

/** Why a server can't listen, by Node's error (errno(3), getaddrinfo(3)), and the fix; null for errors of anything else. */
export function listenError(error: unknown, { host, port, portSetting }: ListenAddress): string | null {
  const code = faultCode(error) ?? '';
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is already in use. Set ${portSetting} to another port, or stop the process that uses it.`;
    case 'EACCES':
      return `This user may not listen on port ${port}. Set ${portSetting} to a port above 1023.`;
    case 'EINVAL':
      return `HOST ${host} can't be listened on. ${invalidFix(host)}`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `HOST ${host} is not an address of this machine. ${OTHER_HOST}`;
    case 'EAFNOSUPPORT':
      return `HOST ${host} is an IPv6 address, which this machine does not support. Set HOST to 0.0.0.0 or another IPv4 address.`;
    default:
      return null;
  }
}

/** A link-local address (RFC 4291 section 2.5.6) needs an interface. */
function invalidFix(host: string): string {
  if (!isIPv6(host) || !/^fe[89ab]/i.test(host)) return OTHER_HOST;
  const [address = ''] = host.split('%');
  return host.includes('%')
    ? 'There is no network interface with that name; ip address lists them.'
    : `A link-local address needs its network interface: for example HOST=${address}%eth0.`;
}

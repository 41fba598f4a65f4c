import { BlockList, isIP, type LookupFunction } from 'node:net';
import { domainToASCII } from 'node:url';
import { Agent, Dispatcher, ProxyAgent } from 'undici';

/** Which outgoing requests use which proxy. */

/** The settings HTTPS_PROXY, HTTP_PROXY and NO_PROXY. */
export interface ProxySettings {
  /** Address of the proxy for https addresses, with user and password if it needs them; null for none. */
  readonly https: string | null;
  /** The same for http addresses. */
  readonly http: string | null;
  /** Hosts that are reached directly; null for none. */
  readonly none: string | null;
}

/** No proxy. */
export const DIRECT: ProxySettings = { https: null, http: null, none: null };

/** Options of undici's Agent that also apply with a proxy. */
export interface DispatcherOptions extends Pick<
  Agent.Options,
  'connections' | 'pipelining' | 'keepAliveTimeout' | 'headersTimeout' | 'bodyTimeout'
> {
  /** `timeout` in milliseconds, `ca` instead of Node's own authorities; both also apply to the proxy, the others do not. */
  readonly connect?: {
    readonly timeout?: number;
    readonly ca?: string[];
    readonly rejectUnauthorized?: boolean;
    /** Finds the addresses of hosts that are reached directly. */
    readonly lookup?: LookupFunction;
  };
}

/** Makes connections with these options. */
export type Connect = (options: DispatcherOptions) => Dispatcher;

/** Connections that send each request directly or through a proxy, as the settings say for its address. */
export function connectThrough(proxy: ProxySettings): Connect {
  return (options) => createDispatcher(proxy, options);
}

function createDispatcher(proxy: ProxySettings, options: DispatcherOptions): Dispatcher {
  const direct = new Agent(options);
  const agents = { 'https:': agentFor(proxy.https, options), 'http:': agentFor(proxy.http, options) };
  if (!agents['https:'] && !agents['http:']) return direct;
  const isExempt = createExemption(proxy.none ?? '');
  const route = (url: URL): Dispatcher =>
    (isExempt(url) ? null : agents[url.protocol === 'https:' ? 'https:' : 'http:']) ?? direct;
  return new RoutingDispatcher(
    route,
    [direct, agents['https:'], agents['http:']].filter((one) => one !== null),
  );
}

class RoutingDispatcher extends Dispatcher {
  readonly #route: (url: URL) => Dispatcher;
  readonly #all: readonly Dispatcher[];

  constructor(route: (url: URL) => Dispatcher, all: readonly Dispatcher[]) {
    super();
    this.#route = route;
    this.#all = all;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return this.#route(new URL(String(options.origin))).dispatch(options, handler);
  }

  override async close(): Promise<void> {
    await Promise.all(this.#all.map((one) => one.close()));
  }

  override async destroy(): Promise<void> {
    await Promise.all(this.#all.map((one) => one.destroy()));
  }
}

/** Credentials are sent as a header only, so that no error includes them with the address. */
function agentFor(address: string | null, { connect = {}, ...options }: DispatcherOptions): ProxyAgent | null {
  if (address === null) return null;
  const { origin, username, password } = new URL(address);
  const { rejectUnauthorized: _onlyForTheTarget, lookup: _onlyDirectly, ...proxyTls } = connect;
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return new ProxyAgent({
    ...options,
    uri: origin,
    ...(login !== ':' && { token: `Basic ${Buffer.from(login).toString('base64')}` }),
    requestTls: connect,
    proxyTls,
    // Proxies forward plain http requests; many allow tunnels to port 443 only.
    proxyTunnel: false,
  });
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** An entry of NO_PROXY. Without a port it matches every port. */
interface Exempt {
  readonly port: number | null;
  /** `host` is a lower-case name without a trailing dot, or an IP address without brackets. */
  matches(host: string): boolean;
}

/**
 * Returns whether an address is reached directly, by a list as curl reads NO_PROXY (CURLOPT_NOPROXY(3), curl 7.86): names match themselves and
 * their subdomains, "*" matches all, IP addresses and CIDR blocks match addresses that are written as IP addresses. As elsewhere,
 * "*.example.com", brackets around IPv6 addresses, and ports are allowed too. This machine itself is always reached directly.
 */
export function createExemption(list: string): (url: URL) => boolean {
  const entries = entriesOf(list).flatMap((entry) => parseEntry(entry) ?? []);
  return ({ hostname, port, protocol }) => {
    const host = hostname
      .toLowerCase()
      .replace(/^\[|\]$/g, '')
      .replace(/\.$/, '');
    const number = Number(port) || (protocol === 'https:' ? 443 : 80);
    return (
      isLoopback(host) || entries.some((entry) => (entry.port === null || entry.port === number) && entry.matches(host))
    );
  };
}

/** The entries of a NO_PROXY list that can never match, because their CIDR block is invalid. */
export function invalidExemptions(list: string): string[] {
  return entriesOf(list).filter((entry) => parseEntry(entry) === null);
}

function entriesOf(list: string): string[] {
  return list.split(/[\s,]+/).filter((entry) => entry !== '');
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || isIn(LOOPBACK, host);
}

/** null for an invalid CIDR block. */
function parseEntry(entry: string): Exempt | null {
  if (entry === '*') return { port: null, matches: () => true };
  const bare = entry.replace(/^\[([^\]]*)\]/, '$1');
  if (bare.includes('/')) {
    const block = blockOf(bare);
    return block && { port: null, matches: (host) => isIn(block, host) };
  }
  const [, name = entry, port] = /^(\[[^\]]*\]|[^:]*):(\d{1,5})$/.exec(entry) ?? [];
  const address = name.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isIP(address) !== 0) {
    const block = blockOf(address);
    return block && { port: portOf(port), matches: (host) => isIn(block, host) };
  }
  const below = address.replace(/^\*?\.?/, '').toLowerCase();
  const domain = domainToASCII(below) || below;
  return {
    port: portOf(port),
    matches: (host) => domain !== '' && isIP(host) === 0 && (host === domain || host.endsWith(`.${domain}`)),
  };
}

function portOf(text: string | undefined): number | null {
  return text === undefined ? null : Number(text);
}

/** The block of "10.0.0.0/8" (RFC 4632, RFC 4291 section 2.3) or of a single address; null for anything else. */
function blockOf(text: string): BlockList | null {
  const [network = '', bits, ...more] = text.split('/');
  const version = isIP(network);
  if (version === 0 || more.length > 0) return null;
  const most = version === 4 ? 32 : 128;
  const length = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Infinity;
  if (length > most) return null;
  const block = new BlockList();
  block.addSubnet(network, length, version === 4 ? 'ipv4' : 'ipv6');
  return block;
}

function isIn(block: BlockList, host: string): boolean {
  const version = isIP(host);
  return version !== 0 && block.check(host, version === 4 ? 'ipv4' : 'ipv6');
}

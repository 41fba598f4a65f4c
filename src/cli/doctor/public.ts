import { lookup } from 'node:dns/promises';
import { BlockList, isIPv6 } from 'node:net';
import { request, type Dispatcher } from 'undici';
import { oneLine } from '../../icalendar/text.ts';
import type { Config } from '../../config/config.ts';
import { errorMessage } from '../../domain/errors.ts';
import { connectThrough } from '../../lib/proxy.ts';
import { faultCode } from '../../store/storage-error.ts';
import { truncate } from '../../lib/truncate.ts';
import { fail, isCertificateFault, ok, REQUEST_TIMEOUT_MS, warn, type Finding } from './finding.ts';

/** Tests the public address as a calendar service sees it: without private certificates, and without following redirects. */

const WHAT = 'PUBLIC_URL';
/** No link has this address, since a token has another length. */
const UNKNOWN_FEED = '/ics/doctor-check.ics';
const MAX_SHOWN = 200;

/** Without a running server, an address that doesn't answer is only a warning. */
export async function checkPublicAddress(config: Config, serverRuns: boolean): Promise<Finding[]> {
  const { publicUrl, port, proxy } = config;
  const base = publicUrl ?? `http://localhost:${port}`;
  const reach = await checkReach(publicUrl, base);
  if (publicUrl === null && port === 0) return reach;
  const dispatcher = connectThrough(proxy)({});
  try {
    const health = await checkHealth(base, dispatcher, serverRuns);
    if (health.level !== 'ok') return [...reach, health];
    const calendar = config.feedAccess === 'open' ? [await checkCalendar(base, dispatcher)] : [];
    return [...reach, health, await checkErrorPage(base, dispatcher), ...calendar];
  } finally {
    await dispatcher.destroy();
  }
}

async function checkReach(publicUrl: string | null, base: string): Promise<Finding[]> {
  if (publicUrl === null)
    return [
      warn(
        WHAT,
        `not set: addresses start with ${base} and work only on this machine`,
        'Set PUBLIC_URL to the https address at which others can reach this server.',
      ),
    ];
  const { protocol, hostname } = new URL(base);
  return [
    ...(protocol === 'https:'
      ? []
      : [
          warn(
            WHAT,
            `${base} is plain http: anyone on the network path can read calendars, and Google and Outlook may refuse it`,
            'Put a proxy with a certificate in front, such as Caddy, and set PUBLIC_URL to its https address.',
          ),
        ]),
    ...((await isPrivate(hostname))
      ? [
          warn(
            WHAT,
            `${hostname} is a private address, seen from here: Google, Outlook and others on the internet can't reach it`,
            'Apps on this network can. For others it needs a public address.',
          ),
        ]
      : []),
  ];
}

async function checkHealth(base: string, dispatcher: Dispatcher, serverRuns: boolean): Promise<Finding> {
  const url = `${base}/health`;
  let answer: Answer;
  try {
    answer = await fetchStart(url, dispatcher);
  } catch (error) {
    return noAnswer(url, error, serverRuns);
  }
  const { status, type, location, text } = answer;
  if (status >= 300 && status < 400)
    return fail(
      WHAT,
      `${url} redirects to ${location} (${status})`,
      'Set PUBLIC_URL to the target, or allow /ics/, /health and /webhooks/plane without a login.',
    );
  if (status >= 500 && !serverRuns)
    return warn(WHAT, `${url} answers with status ${status}`, 'Start the server, and run this again.');
  if (status !== 200)
    return fail(
      WHAT,
      `${url} answers with status ${status}`,
      'Check the log of the reverse proxy; it must forward the whole path, with or without the prefix.',
    );
  if (!type.startsWith('application/json') || !text.includes('"status":"ok","timestamp"'))
    return fail(
      WHAT,
      `something else answers at ${url} (${type || 'no content type'})`,
      'Set PUBLIC_URL to this server.',
    );
  return ok(WHAT, `${url} answers`);
}

function noAnswer(url: string, error: unknown, serverRuns: boolean): Finding {
  const { hostname } = new URL(url);
  const detail = unreadable(url, error);
  if (isCertificateFault(error)) return fail(WHAT, detail, certificateFix(error, hostname));
  if (faultCode(error) === 'EAI_AGAIN')
    return warn(WHAT, detail, "This machine's DNS resolver did not answer: check it, and run this again.");
  if (faultCode(error) === 'ENOTFOUND')
    return fail(WHAT, detail, `The name ${hostname} doesn't resolve: check PUBLIC_URL, or its DNS record.`);
  if (!serverRuns) return warn(WHAT, detail, 'Start the server, and run this again.');
  return fail(
    WHAT,
    detail,
    'Check that the name resolves to this machine, that the proxy runs, and that the firewall allows it.',
  );
}

/** Apps would replace a calendar by an error page of the proxy. */
async function checkErrorPage(base: string, dispatcher: Dispatcher): Promise<Finding> {
  const url = base + UNKNOWN_FEED;
  const fix = 'Configure the proxy to forward responses below /ics/ unchanged, including errors.';
  try {
    const { status, type, text } = await fetchStart(url, dispatcher);
    // While the list of projects can't be read, the server doesn't know that there is no such project.
    const isOurs = status === 404 || (status === 503 && text.startsWith("This calendar isn't ready"));
    if (isOurs && type.startsWith('text/plain')) return ok(WHAT, 'errors are forwarded unchanged');
    return fail(WHAT, `${url} answers with status ${status} and "${type}" instead of 404 and text/plain`, fix);
  } catch (error) {
    return fail(WHAT, unreadable(url, error), fix);
  }
}

/** Fetches a public feed as a service does; private links can't be tested, since their addresses are not stored. */
async function checkCalendar(base: string, dispatcher: Dispatcher): Promise<Finding> {
  const url = `${base}/ics/all.ics`;
  try {
    const { status, type, text } = await fetchStart(url, dispatcher);
    if (status === 503)
      return warn(WHAT, `${url} isn't available yet`, 'See the checks of Plane above, and try again.');
    if (status === 200 && type === 'text/calendar; charset=utf-8' && text.startsWith('BEGIN:VCALENDAR\r\n'))
      return ok(WHAT, `${url} is served as a calendar`);
    return fail(
      WHAT,
      `${url} answers with status ${status} and "${type}" instead of a calendar`,
      'Configure the proxy to forward responses below /ics/ unchanged.',
    );
  } catch (error) {
    return fail(WHAT, unreadable(url, error), 'Set the timeout of the proxy to at least 20 seconds.');
  }
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly location: string;
  readonly text: string;
}

async function fetchStart(url: string, dispatcher: Dispatcher): Promise<Answer> {
  const { statusCode, headers, body } = await request(url, {
    dispatcher,
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  const chunks: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    // The beginning is enough to identify it.
    if (Buffer.concat(chunks).length > MAX_SHOWN) break;
  }
  const header = (name: string): string => truncate(oneLine(String(headers[name] ?? '')), MAX_SHOWN);
  return {
    status: statusCode,
    type: header('content-type'),
    location: header('location'),
    text: Buffer.concat(chunks).toString(),
  };
}

/** Where a name has several addresses, Node throws one error without a message for all of them. */
function unreadable(url: string, error: unknown): string {
  return `${url} can't be read: ${errorMessage(error) || (faultCode(error) ?? 'no reason given')}`;
}

function certificateFix(error: unknown, host: string): string {
  const code = faultCode(error) ?? '';
  if (code.includes('EXPIRED')) return 'Renew the certificate.';
  if (code.includes('ALTNAME')) return `The certificate must name ${host}.`;
  if (code === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE')
    return 'Configure the proxy to send the whole chain (fullchain.pem): the intermediate certificate is missing.';
  return 'Use a certificate of a public authority such as Let’s Encrypt: calendar services accept no other.';
}

const PRIVATE = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  PRIVATE.addSubnet(net, bits, 'ipv4');
PRIVATE.addAddress('::1', 'ipv6');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
PRIVATE.addSubnet('fe80::', 10, 'ipv6');

/** Whether all addresses of a name are private; false for a name without any, which another check reports. */
async function isPrivate(hostname: string): Promise<boolean> {
  const addresses = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true }).catch(() => []);
  return (
    addresses.length > 0 && addresses.every(({ address }) => PRIVATE.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'))
  );
}

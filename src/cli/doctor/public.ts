import { lookup } from 'node:dns/promises';
import { BlockList, isIPv6 } from 'node:net';
import { request, type Dispatcher } from 'undici';
import { oneLine } from '../../icalendar/text.ts';
import type { Config } from '../../config/config.ts';
import { errorMessage } from '../../domain/errors.ts';
import { createPlaneDispatcher } from '../../sources/plane/api/dispatcher.ts';
import { faultCode } from '../../store/storage-error.ts';
import { truncate } from '../../lib/truncate.ts';
import { fail, isCertificateFault, ok, PATIENCE_MS, warn, type Finding } from './finding.ts';

/** The public address as a calendar service sees it: no certificates of our own, no redirects followed. */

const WHAT = 'PUBLIC_URL';
/** No link has this address: a token has another length. */
const NOWHERE = '/ics/doctor-check.ics';
const MAX_SHOWN = 200;

/** Without a running server, nobody answering is no fault. */
export async function checkPublicAddress(config: Config, serverRuns: boolean): Promise<Finding[]> {
  const { publicUrl, port, proxy } = config;
  const base = publicUrl ?? `http://localhost:${port}`;
  const reach = await checkReach(publicUrl, base);
  if (publicUrl === null && port === 0) return reach;
  const dispatcher = createPlaneDispatcher(null, proxy);
  try {
    const health = await checkHealth(base, dispatcher, serverRuns);
    if (health.level !== 'ok') return [...reach, health];
    const calendar = config.feedAccess === 'open' ? [await checkCalendar(base, dispatcher)] : [];
    return [...reach, health, await checkNowhere(base, dispatcher), ...calendar];
  } finally {
    await dispatcher.destroy();
  }
}

async function checkReach(publicUrl: string | null, base: string): Promise<Finding[]> {
  if (publicUrl === null)
    return [
      warn(
        WHAT,
        `not set: the addresses given out begin with ${base} and work on this machine only`,
        'Set PUBLIC_URL to the https address under which others reach this server.',
      ),
    ];
  const { protocol, hostname } = new URL(base);
  return [
    ...(protocol === 'https:'
      ? []
      : [
          warn(
            WHAT,
            `${base} is plain http: whoever listens on the way reads along, and Google and Outlook may refuse it`,
            'Put a proxy with a certificate in front, such as Caddy, and set PUBLIC_URL to its https address.',
          ),
        ]),
    ...((await isPrivate(hostname))
      ? [
          warn(
            WHAT,
            `${hostname} is a private address, seen from here: Google, Outlook and others on the internet can't reach it`,
            'Programs on this network can. For the others it needs a public address.',
          ),
        ]
      : []),
  ];
}

async function checkHealth(base: string, dispatcher: Dispatcher, serverRuns: boolean): Promise<Finding> {
  const url = `${base}/health`;
  let answer: Answer;
  try {
    answer = await look(url, dispatcher);
  } catch (error) {
    const detail = unreadable(url, error);
    if (isCertificateFault(error)) return fail(WHAT, detail, certificateFix(error, new URL(base).hostname));
    if (!serverRuns) return warn(WHAT, detail, 'Start the server, and run this again.');
    return fail(WHAT, detail, 'See that the name leads here, that the proxy runs and the firewall lets it through.');
  }
  const { status, type, location, text } = answer;
  if (status >= 300 && status < 400)
    return fail(
      WHAT,
      `${url} redirects to ${location} (${status})`,
      'Set PUBLIC_URL to where it leads, or let /ics/, /health and /webhooks/plane through without a log-in.',
    );
  if (status >= 500 && !serverRuns)
    return warn(WHAT, `${url} answers with status ${status}`, 'Start the server, and run this again.');
  if (status !== 200)
    return fail(
      WHAT,
      `${url} answers with status ${status}`,
      'Look into the log of the proxy in front; it must pass the whole path on, with or without the prefix.',
    );
  if (!type.startsWith('application/json') || !text.includes('"status":"ok","timestamp"'))
    return fail(
      WHAT,
      `something else answers at ${url} (${type || 'no content type'})`,
      'Set PUBLIC_URL to this server.',
    );
  return ok(WHAT, `${url} answers as it should`);
}

/** An error page of the proxy's own would wipe a calendar. */
async function checkNowhere(base: string, dispatcher: Dispatcher): Promise<Finding> {
  const url = base + NOWHERE;
  const fix =
    'Let the proxy pass on what the server answers below /ics/, also its errors, in place of pages of its own.';
  try {
    const { status, type, text } = await look(url, dispatcher);
    // While the list of projects can't be read, nobody knows that there is no such project.
    const isOurs = status === 404 || (status === 503 && text.startsWith("This calendar isn't ready"));
    if (isOurs && type.startsWith('text/plain')) return ok(WHAT, 'errors come through as the server sends them');
    return fail(WHAT, `${url} answers with status ${status} and "${type}", not with our 404 as text`, fix);
  } catch (error) {
    return fail(WHAT, unreadable(url, error), fix);
  }
}

/** A calendar as a service gets it; with links alone there is none whose address is known here. */
async function checkCalendar(base: string, dispatcher: Dispatcher): Promise<Finding> {
  const url = `${base}/ics/all.ics`;
  try {
    const { status, type, text } = await look(url, dispatcher);
    if (status === 503) return warn(WHAT, `${url} is not made yet`, 'See what is told of Plane above, and try again.');
    if (status === 200 && type === 'text/calendar; charset=utf-8' && text.startsWith('BEGIN:VCALENDAR\r\n'))
      return ok(WHAT, `${url} comes through as a calendar`);
    return fail(
      WHAT,
      `${url} answers with status ${status} and "${type}", not with a calendar`,
      'Let the proxy pass on what the server answers below /ics/ as it is.',
    );
  } catch (error) {
    return fail(WHAT, unreadable(url, error), 'Let the proxy wait 20 seconds for an answer.');
  }
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly location: string;
  readonly text: string;
}

async function look(url: string, dispatcher: Dispatcher): Promise<Answer> {
  const { statusCode, headers, body } = await request(url, { dispatcher, signal: AbortSignal.timeout(PATIENCE_MS) });
  const chunks: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    // The beginning tells what it is.
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

/** Where a name has several addresses, the error of each stands in one without a message. */
function unreadable(url: string, error: unknown): string {
  return `${url} can't be read: ${errorMessage(error) || (faultCode(error) ?? 'no reason given')}`;
}

function certificateFix(error: unknown, host: string): string {
  const code = faultCode(error) ?? '';
  if (code.includes('EXPIRED')) return 'Renew the certificate.';
  if (code.includes('ALTNAME')) return `The certificate must name ${host}.`;
  if (code === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE')
    return 'Send the whole chain, not the certificate alone (fullchain.pem): the one between it and its authority is missing.';
  return 'Take a certificate of a public authority, such as Let’s Encrypt: calendar services accept no other.';
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

/** Whether all its addresses are; a name that leads nowhere is another check's. */
async function isPrivate(hostname: string): Promise<boolean> {
  const addresses = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true }).catch(() => []);
  return (
    addresses.length > 0 && addresses.every(({ address }) => PRIVATE.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'))
  );
}

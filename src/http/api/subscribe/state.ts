import { isIP } from 'node:net';
import type { z } from 'zod';
import type { HealthReport } from '../../../domain/health.ts';
import type { Clock, Delay } from '../../../domain/ports.ts';
import type { Links } from '../../../feeds/links/links.ts';
import type { Progress, ProgressOf } from '../../../feeds/progress.ts';
import { oneLine } from '../../../icalendar/text.ts';
import { isNear } from '../../middleware/visitor.ts';
import type { createReadiness, Readiness } from './readiness.ts';
import type { subscribeAnswer } from './responses.ts';

/** What the subscribe page shows. */

/** How long a visitor waits for the list of projects. */
const WAIT_MS = 400;
/** Names that are no one's on the internet (RFC 6761, RFC 6762, RFC 8375), and usual ones for private networks. */
const PRIVATE_NAME = /^(?:[^.]+|.*\.(?:localhost|local|internal|intranet|lan|home|home\.arpa|test))$/i;

/** Of an address that has ended. */
const NOTHING = { description: null, url: null, grace_until: null, built: false, progress: null, preview: null };

/** The state of a link as the API returns it. */
export type SubscribeJson = z.infer<typeof subscribeAnswer>;
type Opened = NonNullable<ReturnType<Links['byToken']>>;

export interface SubscribeStateOptions {
  readonly readinessOf: ReturnType<typeof createReadiness>;
  readonly progressOf: ProgressOf;
  readonly health: () => HealthReport;
  readonly publicUrl: string;
  /** The demo's webhook needs no first delivery to be known to work. */
  readonly isDemo: boolean;
  readonly now: Clock;
  readonly delay: Delay;
}

/** Returns a function that makes the state of a link as its recipient sees it; `token` is the one that opened it. */
export function createSubscribeState(options: SubscribeStateOptions) {
  const { readinessOf, progressOf, publicUrl, now, delay } = options;
  const isPrivate = isPrivateAddress(publicUrl);

  /** null while it is not even known which projects there are. */
  function currentProgress({ feed }: Opened): Promise<Progress | null> {
    return Promise.race([progressOf(feed).catch(() => null), delay(WAIT_MS).then(() => null)]);
  }

  function lastGood({ isBuilt, staleSeconds }: Readiness, progress: Progress | null): string | null {
    if (!isBuilt) return null;
    const at = staleSeconds === null ? (progress?.checkedAt ?? null) : now() - staleSeconds * 1000;
    return at === null ? null : iso(at);
  }

  /** What does not depend on the calendar. */
  function commonOf({ link }: Opened) {
    const health = options.health();
    const isUp = isPlaneUp(health);
    return {
      name: oneLine(link.name) || 'Plane',
      expires: link.expiresAt === null ? null : iso(link.expiresAt),
      plane: { ok: isUp, last_good: null },
      webhook: isUp && isWebhookWorking(health, options.isDemo),
      private_address: isPrivate,
    };
  }

  return async (opened: Opened, token: string): Promise<SubscribeJson> => {
    const { feed, address } = opened;
    const { state, works } = standingOf(opened);
    const readiness = works ? await readinessOf(feed) : null;
    // Afterwards: building it may have shown that Plane is down.
    const common = commonOf(opened);
    if (readiness === null) return { ...common, ...NOTHING, state };
    if (readiness.isRemoved) return { ...common, ...NOTHING, state: 'revoked' };
    const progress = await currentProgress(opened);
    const { isBuilt, preview } = readiness;
    return {
      ...common,
      state,
      description: preview?.description ?? null,
      url: `${publicUrl}/ics/${token}/${feed.fileName}.ics`,
      grace_until: address.endsAt === null ? null : iso(Math.min(address.endsAt, opened.link.expiresAt ?? Infinity)),
      built: isBuilt && !isUnread(progress),
      progress: progressJson(progress),
      plane: { ...common.plane, last_good: lastGood(readiness, progress) },
      preview: previewJson(preview),
    };
  };
}

/** The state of the link, and of the address that opened it. An old address does not come back with its link. */
function standingOf({ link, feed, address }: Opened): {
  readonly state: SubscribeJson['state'];
  readonly works: boolean;
} {
  const { ended } = feed;
  if (ended === null) return { state: address.isCurrent ? 'active' : 'replaced', works: true };
  if (ended.reason !== 'disabled') return { state: ended.reason, works: false };
  return { state: link.revokedAt === null ? 'replaced' : 'revoked', works: false };
}

/** True while nothing of the calendar was read: after a change of the link, its address still serves what it was before. */
function isUnread(progress: Progress | null): boolean {
  return progress !== null && progress.read === 0 && progress.total > 0;
}

function progressJson(progress: Progress | null): SubscribeJson['progress'] {
  if (progress === null || progress.read === progress.total) return null;
  const { read, total, secondsLeft } = progress;
  return { read, total, seconds_left: secondsLeft };
}

function previewJson(preview: Readiness['preview']): SubscribeJson['preview'] {
  if (preview === null) return null;
  const { name: _name, description: _description, ...rest } = preview;
  return rest;
}

/** Whether calendars can follow Plane and be stored. A large removal that waits for its confirmation is no outage. */
function isPlaneUp({ metrics, problems }: HealthReport): boolean {
  if (metrics.planeApiConnection === 'error') return false;
  return !problems.some(({ part, removal }) => (part === 'plane' || part === 'store') && removal === undefined);
}

/** A webhook that was never used promises nothing. */
function isWebhookWorking({ webhook, problems }: HealthReport, isDemo: boolean): boolean {
  if (webhook.secret === null || (webhook.lastDelivery === null && !isDemo)) return false;
  return !problems.some(({ part }) => part === 'webhook');
}

/** Whether an address is one of this machine or of a private network, as far as its name says. */
function isPrivateAddress(url: string): boolean {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 ? PRIVATE_NAME.test(host) : isNear(host) || host.startsWith('127.');
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

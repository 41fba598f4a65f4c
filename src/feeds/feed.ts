import { hash } from 'node:crypto';
import type { Access, FeedDefinition, FeedOptions, View } from '../domain/feed.ts';
import type { Setting } from '../domain/ports.ts';
import { viewOf } from './definition.ts';

/** The end of an address. `disabled`: revoked or replaced, for ever. The others may come back. */
export interface Ended {
  readonly reason: 'disabled' | 'expired' | 'paused';
  readonly since: number;
}

/** A calendar at an address. */
export interface Feed extends View {
  /** Identifies it, over restarts and edits. */
  readonly key: string;
  /** Digest of everything that shapes its bytes besides components, notes and the day: the definition and the server's settings. */
  readonly revision: string;
  /** What an app may call the file: letters, digits, "-" and "_". */
  readonly fileName: string;
  /** When its link was made; null where there is none. */
  readonly madeAt: number | null;
  /** Why and since when the address of its link has ended; null while it works. */
  readonly ended: Ended | null;
}

/** The settings that shape feeds. All may change while the server runs. */
export interface FeedSettings {
  /** What an option is where a definition leaves it out. */
  readonly feedOptions: FeedOptions;
  /** Above this size a calendar carries a warning. */
  readonly feedWarnBytes: number;
  readonly compression: boolean;
}

/** Makes feeds of definitions under the settings of the moment. */
export interface FeedFactory {
  /** Digest of the settings: feeds made under another one are out of date. */
  settingsRevision(): string;
  /** Throws `invalid` for options that aren't allowed. */
  create(
    definition: FeedDefinition,
    address: Pick<Feed, 'key' | 'fileName' | 'madeAt' | 'ended'>,
    audience?: Access | null,
  ): Feed;
}

export function createFeedFactory(settings: Setting<FeedSettings>): FeedFactory {
  let digested: { readonly settings: FeedSettings; readonly revision: string } | null = null;

  /** Called with every request, so the digest of unchanged settings is not computed again. */
  function settingsRevision(): string {
    const current = settings();
    if (digested?.settings !== current) {
      const { feedOptions, feedWarnBytes, compression } = current;
      digested = { settings: current, revision: digestOf({ feedOptions, feedWarnBytes, compression }) };
    }
    return digested.revision;
  }

  return {
    settingsRevision,
    create: (definition, address, audience = null) => {
      const content = { ...viewOf(definition, settings().feedOptions, audience), ...address };
      return { ...content, revision: digestOf([content, settingsRevision()]) };
    },
  };
}

const DETAILS: readonly FeedOptions['detail'][] = ['private', 'brief', 'full'];

/**
 * Whether a calendar of a feed as it was may be served while there can be no other one: it hides everything that the feed hides now as well.
 */
export function hidesEnough(before: Feed, now: Feed): boolean {
  if (before.revision === now.revision) return true;
  const [was, is] = [before.options, now.options];
  const isSame = JSON.stringify(hidingIn(before)) === JSON.stringify(hidingIn(now));
  const saysNoMore = DETAILS.indexOf(was.detail) <= DETAILS.indexOf(is.detail);
  const showsNoMore = was.show.every((part) => is.show.includes(part));
  const isSameEnd = before.ended?.reason === now.ended?.reason;
  return isSame && saysNoMore && showsNoMore && isSameEnd && includesAccess(now.audience, before.audience);
}

/** What decides which events there are and what they say, but `show` and `detail`, of which one may include another. */
function hidingIn({ scope, options, pins }: Feed): readonly unknown[] {
  const { show: _show, detail: _detail, as: _as, mode: _mode, overdue: _overdue, alarm: _alarm, ...hiding } = options;
  return [scope, hiding, pins];
}

/** Whether who has one access may see all that who has the other may. Left out: everything. */
function includesAccess(wider: Access | undefined, access: Access | undefined): boolean {
  if (!wider) return true;
  if (access?.memberId !== wider.memberId) return false;
  const { projectIds, guestProjectIds } = access;
  const isGuestNow = (id: string): boolean => wider.guestProjectIds.includes(id);
  return projectIds.every((id) => wider.projectIds.includes(id) && (!isGuestNow(id) || guestProjectIds.includes(id)));
}

/** A name that any file system and header can hold. */
export function slug(text: string): string {
  return (
    text
      .normalize('NFKD')
      .replace(/[\p{M}'’]/gu, '')
      .replace(/[^A-Za-z0-9_-]+/g, '-')
      .replace(/^-+|(?<!-)-+$/g, '')
      .slice(0, 40)
      .replace(/(?<!-)-+$/, '') || 'calendar'
  );
}

function digestOf(value: unknown): string {
  return hash('sha256', JSON.stringify(value), 'base64url').slice(0, 22);
}

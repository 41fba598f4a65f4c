import { createHash } from 'node:crypto';
import { createBlockWriter, stampBlock, type Block, type Revision } from '../../icalendar/block.ts';
import { CRLF } from '../../icalendar/text.ts';
import type { CalendarComponent } from '../../domain/calendar.ts';
import { inspect } from './fingerprint.ts';

/**
 * Calendar object resources (RFC 4791 section 4.1): one component each, without METHOD. UID and name are one, in characters that no server
 * escapes; the marks use only such as no server rewrites.
 */

/** One object as the calendar is to hold it. */
export interface MirrorObject {
  /** "plane-<mirror>-<id>.ics" */
  readonly name: string;
  readonly planeId: string;
  readonly projectId: string;
  readonly title: string;
  /** What it says, see `fingerprint.ts`. */
  readonly fp: string;
  readonly text: string;
}

/** What a mirror may be called. */
export const MIRROR_ID = /^[a-z0-9]{4,16}$/;

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const FEED_UID = new RegExp(`^(plane-[a-z]+-)(${UUID})(-start)?@plane-ics$`);
const NAME = new RegExp(`^plane-[a-z0-9]{4,16}-([cm]-)?(${UUID})(?:-start)?\\.ics$`);
/** A feed's UIDs by kind, and what tells the kinds apart here. A note is no kind: it is never mirrored. */
const KINDS: Readonly<Record<string, string>> = { 'plane-issue-': '', 'plane-cycle-': 'c-', 'plane-module-': 'm-' };

/** Constant, so that a release changes no object. */
const HEAD = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//plane-ics//plane-ics//EN', ''].join(CRLF);
const END = `END:VCALENDAR${CRLF}`;

/** What a mirror is called when nobody chose: it depends on whose items it holds, not on their names or the target. */
export function defaultMirrorId(workspaceSlug: string, scopeKey: string): string {
  return createHash('sha256').update(`${workspaceSlug}/${scopeKey}`).digest('hex').slice(0, 8);
}

/** True for a name under which this mirror may write. */
export function isOwnName(name: string, mirrorId: string): boolean {
  return name.startsWith(`plane-${mirrorId}-`) && /^[a-z0-9-]+\.ics$/.test(name);
}

/** The UID that goes with a name. */
export function uidOf(name: string): string {
  return name.slice(0, -'.ics'.length);
}

/** What in Plane an object was made of, by its name; null for a name we don't give. */
export function originOf(
  name: string,
): { readonly planeId: string; readonly kind: 'item' | 'cycle' | 'module' } | null {
  const [, mark, planeId] = NAME.exec(name) ?? [];
  if (planeId === undefined) return null;
  return { planeId, kind: mark === 'c-' ? 'cycle' : mark === 'm-' ? 'module' : 'item' };
}

/** A writer of objects; null for what is not mirrored. `revise` tells when what a reader sees last changed. */
export function createObjectWriter(
  mirrorId: string,
  revise: (block: Block) => Revision,
): (component: CalendarComponent, projectId: string) => MirrorObject | null {
  const writeBlock = createBlockWriter();
  const toUid = (feedUid: string): string | null => {
    const [, prefix = '', id, part = ''] = FEED_UID.exec(feedUid) ?? [];
    const kind = KINDS[prefix];
    return id === undefined || kind === undefined ? null : `plane-${mirrorId}-${kind}${id}${part}`;
  };
  return (component, projectId) => {
    const planeId = FEED_UID.exec(component.uid)?.[2];
    const uid = toUid(component.uid);
    if (uid === null || planeId === undefined) return null;
    const block = writeBlock(
      component.kind === 'event'
        ? { ...component, uid }
        : { ...component, uid, parentUid: component.parentUid === null ? null : toUid(component.parentUid) },
    );
    const fp = inspect(`${HEAD}${block.before}${block.after}${END}`)?.fp;
    // What we can't read back ourselves is nothing to hand to a server.
    if (fp === undefined) return null;
    const marks = [
      `X-PLANE-MIRROR:${mirrorId}`,
      `X-PLANE-PROJECT:${projectId}`,
      `X-PLANE-ID:${planeId}`,
      `X-PLANE-FP:${fp}`,
      '',
    ].join(CRLF);
    const text = `${HEAD}${stampBlock({ ...block, before: block.before + marks }, revise(block))}${END}`;
    return { name: `${uid}.ics`, planeId, projectId, title: component.summary, fp, text };
  };
}

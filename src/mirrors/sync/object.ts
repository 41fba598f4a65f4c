import { createHash } from 'node:crypto';
import { createBlockWriter, stampBlock, type Block, type Revision } from '../../icalendar/block.ts';
import { CRLF } from '../../icalendar/text.ts';
import type { CalendarComponent, ForeignComponent } from '../../domain/calendar.ts';
import type { OriginKind } from '../../domain/ports.ts';
import { blockFingerprint, inspect, isReadableLine } from './fingerprint.ts';
import { foreignText, type ForeignOrigin } from './foreign/object.ts';

/**
 * Calendar object resources (RFC 4791 section 4.1): one component each, or all of a foreign calendar with one UID, without METHOD. UID and
 * name are the same, in characters that no server escapes; the markers use only characters that no server rewrites.
 */

/** One object as the calendar should contain it. */
export interface MirrorObject {
  /** "plane-<mirror>-<id>.ics" */
  readonly name: string;
  /** What it is made of: the id in Plane, or `foreignId`. */
  readonly planeId: string;
  /** The project in Plane, or the foreign calendar. */
  readonly projectId: string;
  readonly title: string;
  /** The fingerprint of what it says (`fingerprint.ts`). */
  readonly fp: string;
  readonly text: string;
}

/** The form of a mirror's id. */
export const MIRROR_ID = /^[a-z0-9]{4,16}$/;

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const FEED_UID = new RegExp(`^(plane-[a-z]+-)(${UUID})(-start)?@plane-ics$`);
const NAME = new RegExp(`^plane-[a-z0-9]{4,16}-(?:([cm]-)?(${UUID})(?:-start)?|e-([0-9a-f]{32}))\\.ics$`);
/** The prefixes of a feed's UIDs, and the prefix of each kind here. Notes are never mirrored. */
const KINDS: Readonly<Record<string, string>> = { 'plane-issue-': '', 'plane-cycle-': 'c-', 'plane-module-': 'm-' };

/** Constant, so that a release changes no objects. */
const HEAD = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//plane-ics//plane-ics//EN', ''].join(CRLF);
const END = `END:VCALENDAR${CRLF}`;

/** The default id of a mirror. It depends on workspace and scope, and not on names or the calendar. */
export function defaultMirrorId(workspaceSlug: string, scopeKey: string): string {
  return createHash('sha256').update(`${workspaceSlug}/${scopeKey}`).digest('hex').slice(0, 8);
}

/** Whether this mirror may write under the name. */
export function isOwnName(name: string, mirrorId: string): boolean {
  return name.startsWith(`plane-${mirrorId}-`) && /^[a-z0-9-]+\.ics$/.test(name);
}

/** The UID of the object with this name. */
export function uidOf(name: string): string {
  return name.slice(0, -'.ics'.length);
}

/** What an object was made from, by its name; null for a name we don't give. */
export function originOf(name: string): { readonly planeId: string; readonly kind: OriginKind } | null {
  const [, mark, planeId, foreign] = NAME.exec(name) ?? [];
  if (foreign !== undefined) return { planeId: foreign, kind: 'event' };
  if (planeId === undefined) return null;
  return { planeId, kind: mark === 'c-' ? 'cycle' : mark === 'm-' ? 'module' : 'item' };
}

/** Whether an object of that name is made of a foreign component. */
export function isForeignName(name: string): boolean {
  return originOf(name)?.kind === 'event';
}

/** Writes an object; null for what is not mirrored. `origin`: the UID that a foreign component has in its calendar. */
export type WriteObject = (component: CalendarComponent, projectId: string, origin?: string) => MirrorObject | null;

/** `revise` returns when the visible content last changed, by the component as a feed has it: feeds and mirrors share revisions. */
export function createObjectWriter(mirrorId: string, revise: (block: Block) => Revision): WriteObject {
  const writeBlock = createBlockWriter();
  const identify = (feedUid: string): { readonly uid: string; readonly planeId: string } | null => {
    const [, prefix = '', planeId, part = ''] = FEED_UID.exec(feedUid) ?? [];
    const kind = KINDS[prefix];
    if (planeId === undefined || kind === undefined) return null;
    return { uid: `plane-${mirrorId}-${kind}${planeId}${part}`, planeId };
  };
  return (component, projectId, origin) => {
    if (component.kind === 'foreign') {
      const from = { mirrorId, sourceId: projectId, uid: origin ?? component.uid };
      return writeForeign(component, from);
    }
    const own = identify(component.uid);
    if (!own) return null;
    const { uid, planeId } = own;
    const shown = writeBlock(component);
    const parentUid = component.kind === 'todo' ? (component.parentUid ?? '') : '';
    const before = withUid(shown.before, 'UID', component.uid, uid);
    const after = withUid(shown.after, 'RELATED-TO', parentUid, identify(parentUid)?.uid ?? '');
    const fp = blockFingerprint({ before, after });
    // What we can't read ourselves is not sent to a server.
    if (fp === null) return null;
    const marks = marksOf(mirrorId, projectId, planeId, fp);
    const text = `${HEAD}${stampBlock({ before: before + marks, after }, revise(shown))}${END}`;
    return { name: `${uid}.ics`, planeId, projectId, title: component.summary, fp, text };
  };
}

/** The lines with another UID in that property, if they have it. UIDs are too short to be folded. */
function withUid(lines: string, property: string, from: string, to: string): string {
  if (from === '') return lines;
  return lines.replace(`${CRLF}${property}:${from}${CRLF}`, `${CRLF}${property}:${to}${CRLF}`);
}

/** A foreign component keeps the stamps of its origin. */
function writeForeign(component: ForeignComponent, from: ForeignOrigin): MirrorObject | null {
  const { mirrorId, sourceId: projectId } = from;
  const around = { head: HEAD, end: END };
  // Lines that we can't parse ourselves are not sent to a server.
  for (const accepts of [() => true, isReadableLine]) {
    const { uid, originId, withMarks, rest } = foreignText(component, from, around, accepts);
    const seen = inspect(withMarks(''));
    if (seen?.uid !== uid) continue;
    const fp = seen.fp + rest;
    const text = withMarks(marksOf(mirrorId, projectId, originId, fp));
    return { name: `${uid}.ics`, planeId: originId, projectId, title: component.summary, fp, text };
  }
  return null;
}

function marksOf(mirrorId: string, projectId: string, planeId: string, fp: string): string {
  return [
    `X-PLANE-MIRROR:${mirrorId}`,
    `X-PLANE-PROJECT:${projectId}`,
    `X-PLANE-ID:${planeId}`,
    `X-PLANE-FP:${fp}`,
    '',
  ].join(CRLF);
}

import type { Member, Priority, Snapshot, State, WorkItem } from '../../src/domain/plane.ts';

/**
 * The least a renderer can do: the blocks of a feed with default options as strings, without options, revisions, checks or libraries, for
 * items whose texts are clean. The bench holds it byte by byte against what the program writes.
 */

const CRLF = '\r\n';
const DAY_MS = 86_400_000;
const PRIORITY: Readonly<Record<Priority, readonly [number: string, name: string, color: string]>> = {
  urgent: ['1', 'Urgent', 'red'],
  high: ['3', 'High', 'orange'],
  medium: ['5', 'Medium', 'gold'],
  low: ['7', 'Low', 'dodgerblue'],
  none: ['', '', ''],
};

/** All events, in order, all stamped with one second. */
export function plainBlocks(snapshot: Snapshot, web: { url: string; workspace: string }, second: number): Buffer {
  const stamp = dateTime(second * 1000);
  const revision =
    `DTSTAMP:${stamp}${CRLF}LAST-MODIFIED:${stamp}${CRLF}` + `SEQUENCE:${second - Date.UTC(2020, 0, 1) / 1000}${CRLF}`;
  const base = `${web.url}/${web.workspace}/browse/${snapshot.project.identifier}-`;
  const items = [...snapshot.items.values()].sort(byDayAndId);
  let text = '';
  for (const item of items) text += event(item, snapshot, base, revision);
  return Buffer.from(text);
}

function byDayAndId(a: WorkItem, b: WorkItem): number {
  const [first, second] = [a.targetDate ?? '', b.targetDate ?? ''];
  if (first !== second) return first < second ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

function event(item: WorkItem, snapshot: Snapshot, base: string, revision: string): string {
  const { identifier } = snapshot.project;
  const state = snapshot.states.get(item.stateId ?? '');
  const day = item.targetDate ?? '';
  const next = new Date(Date.parse(day) + DAY_MS).toISOString();
  const url = `${base}${item.number}/`;
  const labels = labelNames(item, snapshot);
  const [number, priority, color] = PRIORITY[item.priority];
  const mark = markOf(state);
  let text =
    `BEGIN:VEVENT${CRLF}UID:plane-issue-${item.id}@plane-ics${CRLF}${revision}` +
    `DTSTART;VALUE=DATE:${compact(day)}${CRLF}DTEND;VALUE=DATE:${compact(next)}${CRLF}` +
    `X-MICROSOFT-CDO-ALLDAYEVENT:TRUE${CRLF}` +
    line(`SUMMARY:${mark}${escape(`[${identifier}-${item.number}] ${item.name}`)}`) +
    `TRANSP:TRANSPARENT${CRLF}` +
    line(`DESCRIPTION:${escape(description(item, state, priority, people(item, snapshot.members), labels, url))}`);
  if (labels.length > 0) text += line(`CATEGORIES:${categories(labels)}`);
  text += line(`URL;VALUE=URI:${url}`);
  text += `STATUS:CONFIRMED${CRLF}X-MICROSOFT-CDO-BUSYSTATUS:FREE${CRLF}`;
  if (number !== '') text += `PRIORITY:${number}${CRLF}`;
  text += `CREATED:${dateTime(item.createdAt)}${CRLF}`;
  if (color !== '') text += `COLOR:${color}${CRLF}`;
  return `${text}END:VEVENT${CRLF}`;
}

function markOf(state: State | undefined): string {
  if (state?.group === 'completed') return '✓ ';
  return state?.group === 'cancelled' ? '✗ ' : '';
}

function people({ assigneeIds }: WorkItem, members: ReadonlyMap<string, Member>): string {
  const names: string[] = [];
  for (const id of assigneeIds) names.push(members.get(id)?.displayName ?? '');
  return names.sort().join(', ');
}

function labelNames({ labelIds }: WorkItem, { labels }: Snapshot): string[] {
  const names: string[] = [];
  for (const id of labelIds) names.push(labels.get(id)?.name ?? '');
  return names.sort();
}

function categories(labels: readonly string[]): string {
  let text = '';
  for (const label of labels) text += (text === '' ? '' : ',') + escape(label);
  return text;
}

function description(
  item: WorkItem,
  state: State | undefined,
  priority: string,
  assignees: string,
  labels: readonly string[],
  url: string,
): string {
  let text = `State: ${state?.name ?? ''}`;
  if (priority !== '') text += `\nPriority: ${priority}`;
  if (assignees !== '') text += `\nAssignees: ${assignees}`;
  if (labels.length > 0) text += `\nLabels: ${labels.join(', ')}`;
  if (item.text !== '') text += `\n\n${item.text}`;
  return `${text}\n\n${url}`;
}

/** RFC 5545 section 3.3.11. */
function escape(text: string): string {
  let escaped = '';
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 10) escaped += `${text.slice(start, at)}\\n`;
    else if (code === 92 || code === 59 || code === 44) escaped += `${text.slice(start, at)}\\${text.charAt(at)}`;
    else continue;
    start = at + 1;
  }
  return start === 0 ? text : escaped + text.slice(start);
}

/** A content line, folded at 75 octets (RFC 5545 section 3.1). */
function line(text: string): string {
  let folded = '';
  let start = 0;
  let octets = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const isPair = code >= 0xd800 && code < 0xdc00;
    const width = code < 0x80 ? 1 : code < 0x800 ? 2 : isPair ? 4 : 3;
    octets += width;
    if (octets > 75) {
      folded += `${text.slice(start, at)}${CRLF} `;
      start = at;
      octets = width + 1;
    }
    if (isPair) at++;
  }
  return folded + text.slice(start) + CRLF;
}

function compact(date: string): string {
  return date.slice(0, 4) + date.slice(5, 7) + date.slice(8, 10);
}

function dateTime(ms: number): string {
  const text = new Date(ms).toISOString();
  return `${compact(text)}T${text.slice(11, 13)}${text.slice(14, 16)}${text.slice(17, 19)}Z`;
}

import { PLACES, type Rules } from './linter-rules.ts';

/**
 * Checks a calendar byte by byte against RFC 5545 and this project's own rules; parsers tolerate too much for that.
 * Returns one sentence for each fault; empty for a valid calendar.
 */
export function lint(bytes: Buffer): string[] {
  const faults: string[] = [];
  const physical = physicalLines(bytes, faults);
  const lines = unfold(physical, faults);
  lintComponents(lines, faults);
  return faults;
}

function physicalLines(bytes: Buffer, faults: string[]): Buffer[] {
  if (bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf]))) faults.push('begins with a byte order mark');
  const lines: Buffer[] = [];
  let start = 0;
  while (start < bytes.length) {
    const end = bytes.indexOf('\r\n', start);
    if (end === -1) {
      faults.push('does not end with CRLF');
      lines.push(bytes.subarray(start));
      break;
    }
    lines.push(bytes.subarray(start, end));
    start = end + 2;
  }
  for (const [index, line] of lines.entries()) {
    const at = `line ${index + 1}`;
    if (line.length === 0) faults.push(`${at} is empty`);
    if (line.length > 75) faults.push(`${at} has ${line.length} octets`);
    if (line.some((byte) => (byte < 0x20 && byte !== 9) || byte === 0x7f)) faults.push(`${at} has a control character`);
    const decoded = line.toString('utf8');
    if (!Buffer.from(decoded).equals(line)) faults.push(`${at} is not UTF-8 by itself`);
    if (/[\u0080-\u009f\u2028\u2029\ufeff\ufdd0-\ufdef\ufffe\uffff]/.test(decoded))
      faults.push(`${at} has a character that readers trip over`);
  }
  return lines;
}

function unfold(physical: readonly Buffer[], faults: string[]): string[] {
  const lines: string[] = [];
  for (const line of physical) {
    const decoded = line.toString('utf8');
    if (!decoded.startsWith(' ')) lines.push(decoded);
    else if (lines.length === 0) faults.push('begins with a continuation');
    else lines.push((lines.pop() ?? '') + decoded.slice(1));
  }
  return lines;
}

interface Open {
  readonly name: string;
  readonly rules: Rules;
  readonly seen: Map<string, string>;
  children: number;
}

/** What has been seen of a calendar so far. */
interface Calendar {
  readonly kinds: Set<string>;
  readonly uids: Set<string>;
  last: string;
}

function lintComponents(lines: readonly string[], faults: string[]): void {
  const stack: Open[] = [];
  const calendar: Calendar = { kinds: new Set(), uids: new Set(), last: '' };
  for (const line of lines) {
    const match = /^([A-Z0-9-]+)((?:;[A-Z0-9-]+=(?:"[^"]*"|[^";:,]*))*):(.*)$/s.exec(line);
    if (!match) {
      faults.push(`"${line.slice(0, 60)}" is no content line`);
      continue;
    }
    const [, name = '', parameters = '', value = ''] = match;
    if (name === 'BEGIN') open(value, stack, faults);
    else if (name === 'END') close(value, stack, calendar, faults);
    else lintProperty(stack.at(-1), name, parameters, value, faults);
  }
  if (stack.length > 0) faults.push(`${stack.map((one) => one.name).join(', ')} not closed`);
  if (lines.lastIndexOf('BEGIN:VCALENDAR') !== 0 || lines.at(-1) !== 'END:VCALENDAR')
    faults.push('is not one VCALENDAR');
}

function open(name: string, stack: Open[], faults: string[]): void {
  const parent = stack.at(-1);
  if (parent) parent.children++;
  const rules = PLACES[parent?.name ?? '']?.[name];
  if (!rules) faults.push(`${name} is not expected in ${parent?.name ?? 'nothing'}`);
  stack.push({ name, rules: rules ?? {}, seen: new Map(), children: 0 });
}

function close(name: string, stack: Open[], calendar: Calendar, faults: string[]): void {
  const closed = stack.pop();
  if (closed?.name !== name) faults.push(`END:${name} closes ${closed?.name ?? 'nothing'}`);
  if (closed) lintClosed(closed, faults);
  if (closed && stack.length === 1) lintOrder(closed, calendar, faults);
}

function lintProperty(open: Open | undefined, name: string, parameters: string, value: string, faults: string[]): void {
  const rule = open?.rules[name];
  if (!open || !rule) {
    faults.push(`${name} is not expected in ${open?.name ?? 'nothing'}`);
    return;
  }
  if (open.children > 0) faults.push(`${name} stands behind a component`);
  if (open.seen.has(name)) faults.push(`${name} stands twice in ${open.name}`);
  open.seen.set(name, value);
  if (value === '') faults.push(`${name} is empty`);
  if (parameters !== (rule.parameters ?? '')) faults.push(`${name} has the wrong parameters "${parameters}"`);
  const fault = rule.check(value);
  if (fault) faults.push(`${name}:${value.slice(0, 60)} ${fault}`);
}

function lintClosed({ name, rules, seen, children }: Open, faults: string[]): void {
  for (const [property, rule] of Object.entries(rules)) {
    if (rule.required && !seen.has(property)) faults.push(`${name} has no ${property}`);
  }
  if (name === 'VCALENDAR' && children === 0) faults.push('VCALENDAR has no component');
  if (seen.get('DTSTAMP') !== seen.get('LAST-MODIFIED')) faults.push('DTSTAMP and LAST-MODIFIED differ');
  if (name === 'VEVENT') lintEvent(seen, faults);
  if (name === 'VTODO') lintTodo(seen, children > 0, faults);
}

function lintEvent(seen: Open['seen'], faults: string[]): void {
  const start = seen.get('DTSTART') ?? '';
  const end = seen.get('DTEND');
  if (end === undefined ? start !== '99991231' : end <= start)
    faults.push(`DTEND ${end} is not after DTSTART ${start}`);
}

function lintTodo(seen: Open['seen'], hasAlarm: boolean, faults: string[]): void {
  const start = seen.get('DTSTART') ?? '';
  const due = seen.get('DUE');
  if (due !== undefined && due <= start) faults.push(`DUE ${due} is not after DTSTART ${start}`);
  if (due === undefined && hasAlarm) faults.push('VTODO has an alarm and no DUE');
  if (seen.has('COMPLETED') && seen.get('STATUS') !== 'COMPLETED') faults.push('VTODO has COMPLETED and is not');
}

/** Components must be ordered by day, then UID, compared by code units. */
function lintOrder({ name, seen }: Open, calendar: Calendar, faults: string[]): void {
  if (calendar.kinds.size === 1 && !calendar.kinds.has(name)) faults.push('VEVENT and VTODO stand in one calendar');
  calendar.kinds.add(name);
  const uid = seen.get('UID') ?? '';
  if (calendar.uids.has(uid)) faults.push(`${uid} stands twice`);
  calendar.uids.add(uid);
  const place = `${(name === 'VTODO' ? seen.get('DUE') : undefined) ?? seen.get('DTSTART') ?? ''} ${uid}`;
  if (place < calendar.last) faults.push(`${uid} is out of order`);
  calendar.last = place;
}

/**
 * A byte-level judge of calendars: RFC 5545 and this project's own rules. Parsers forgive nearly everything; this one forgives nothing.
 * Returns what is wrong, one sentence each; nothing for a clean calendar.
 */
export function lint(bytes: Buffer): string[] {
  const faults: string[] = [];
  const physical = physicalLines(bytes, faults);
  const lines = unfold(physical, faults);
  lintComponents(lines, faults);
  return faults;
}

const DATE = /^(\d{4})(\d{2})(\d{2})$/;
const UTC = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

type Check = (value: string) => string | undefined;

const text: Check = (value) =>
  /^(?:[^\\;,]|\\[\\;,nN])*$/.test(value) ? undefined : 'has an unescaped or wrongly escaped character';
const textList: Check = (value) =>
  /^(?:[^\\;,]|\\[\\;,nN])+(?:,(?:[^\\;,]|\\[\\;,nN])+)*$/.test(value) ? undefined : 'is not a list of TEXT';
const uri: Check = (value) =>
  /^https?:\/\/[A-Za-z0-9\-._~:/?#[\]@!$&'()*+=%]+$/.test(value) ? undefined : 'is not a URI that every reader takes';
const integer =
  (least: number, most: number): Check =>
  (value) =>
    /^\d+$/.test(value) && Number(value) >= least && Number(value) <= most
      ? undefined
      : `is not a number from ${least} to ${most}`;
const utc: Check = (value) => (UTC.test(value) && isRealDay(value.slice(0, 8)) ? undefined : 'is not a UTC date-time');
const date: Check = (value) => (isRealDay(value) ? undefined : 'is not a real day');
const exactly =
  (...allowed: string[]): Check =>
  (value) =>
    allowed.includes(value) ? undefined : `is not ${allowed.join(' or ')}`;

interface Rule {
  readonly check: Check;
  readonly required?: boolean;
  /** The only parameters that may stand there. */
  readonly parameters?: string;
}

const CALENDAR: Readonly<Record<string, Rule>> = {
  VERSION: { check: exactly('2.0'), required: true },
  PRODID: { check: text, required: true },
  CALSCALE: { check: exactly('GREGORIAN') },
  NAME: { check: text, required: true },
  'X-WR-CALNAME': { check: text, required: true },
  DESCRIPTION: { check: text, required: true },
  'X-WR-CALDESC': { check: text, required: true },
  COLOR: { check: (value) => (/^[a-z]+$/.test(value) ? undefined : 'is not a CSS3 name'), required: true },
  'X-APPLE-CALENDAR-COLOR': {
    check: (value) => (/^#[0-9a-f]{6}$/.test(value) ? undefined : 'is not #rrggbb'),
    required: true,
  },
  'REFRESH-INTERVAL': { check: exactly('PT1H'), required: true, parameters: ';VALUE=DURATION' },
  'X-PUBLISHED-TTL': { check: exactly('PT1H'), required: true },
  URL: { check: uri },
};

const EVENT: Readonly<Record<string, Rule>> = {
  UID: {
    check: (value) =>
      /^plane-(?:issue|note)-[0-9a-f-]+(?:-start)?@plane-ics$/.test(value) ? undefined : 'is no UID of ours',
    required: true,
  },
  DTSTAMP: { check: utc, required: true },
  'LAST-MODIFIED': { check: utc, required: true },
  CREATED: { check: utc, required: true },
  SEQUENCE: { check: integer(0, 2 ** 31 - 1), required: true },
  DTSTART: { check: date, required: true, parameters: ';VALUE=DATE' },
  DTEND: { check: date, parameters: ';VALUE=DATE' },
  SUMMARY: { check: text, required: true },
  DESCRIPTION: { check: text },
  CATEGORIES: { check: textList },
  URL: { check: uri, parameters: ';VALUE=URI' },
  STATUS: { check: exactly('CONFIRMED'), required: true },
  TRANSP: { check: exactly('TRANSPARENT'), required: true },
  'X-MICROSOFT-CDO-BUSYSTATUS': { check: exactly('FREE'), required: true },
  'X-MICROSOFT-CDO-ALLDAYEVENT': { check: exactly('TRUE') },
  PRIORITY: { check: integer(1, 9) },
  COLOR: { check: (value) => (/^[a-z]+$/.test(value) ? undefined : 'is not a CSS3 name') },
};

const COMPONENTS: Readonly<Record<string, Readonly<Record<string, Rule>>>> = { VCALENDAR: CALENDAR, VEVENT: EVENT };

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
  readonly seen: Map<string, string>;
  children: number;
}

function lintComponents(lines: readonly string[], faults: string[]): void {
  const stack: Open[] = [];
  const uids = new Set<string>();
  let previous = '';
  for (const line of lines) {
    const match = /^([A-Z0-9-]+)((?:;[A-Z0-9-]+=(?:"[^"]*"|[^";:,]*))*):(.*)$/s.exec(line);
    if (!match) {
      faults.push(`"${line.slice(0, 60)}" is no content line`);
      continue;
    }
    const [, name = '', parameters = '', value = ''] = match;
    if (name === 'BEGIN') {
      const parent = stack.at(-1);
      if (parent) parent.children++;
      if (!(value in COMPONENTS)) faults.push(`component ${value} is not expected`);
      if ((stack.length === 0) !== (value === 'VCALENDAR')) faults.push(`${value} stands in the wrong place`);
      stack.push({ name: value, seen: new Map(), children: 0 });
    } else if (name === 'END') {
      const closed = stack.pop();
      if (closed?.name !== value) faults.push(`END:${value} closes ${closed?.name ?? 'nothing'}`);
      if (closed) lintClosed(closed, faults);
      if (value === 'VEVENT' && closed) {
        const order = `${closed.seen.get('DTSTART')} ${closed.seen.get('UID')}`;
        if (order <= previous) faults.push(`${closed.seen.get('UID')} is out of order or twice`);
        previous = order;
        uids.add(closed.seen.get('UID') ?? '');
      }
    } else {
      lintProperty(stack.at(-1), name, parameters, value, faults);
    }
  }
  if (stack.length > 0) faults.push(`${stack.map((one) => one.name).join(', ')} not closed`);
  if (lines[0] !== 'BEGIN:VCALENDAR' || lines.at(-1) !== 'END:VCALENDAR') faults.push('is not one VCALENDAR');
}

function lintProperty(open: Open | undefined, name: string, parameters: string, value: string, faults: string[]): void {
  const rule = open && COMPONENTS[open.name]?.[name];
  if (!open || !rule) {
    faults.push(`${name} is not expected in ${open?.name ?? 'nothing'}`);
    return;
  }
  if (open.seen.has(name)) faults.push(`${name} stands twice in ${open.name}`);
  open.seen.set(name, value);
  if (value === '') faults.push(`${name} is empty`);
  if (parameters !== '' && parameters !== rule.parameters)
    faults.push(`${name} has unexpected parameters ${parameters}`);
  const fault = rule.check(value);
  if (fault) faults.push(`${name}:${value.slice(0, 60)} ${fault}`);
}

function lintClosed({ name, seen, children }: Open, faults: string[]): void {
  for (const [property, rule] of Object.entries(COMPONENTS[name] ?? {})) {
    if (rule.required && !seen.has(property)) faults.push(`${name} has no ${property}`);
  }
  if (name === 'VCALENDAR' && children === 0) faults.push('VCALENDAR has no component');
  if (name !== 'VEVENT') return;
  const [start, end] = [seen.get('DTSTART') ?? '', seen.get('DTEND')];
  if (end === undefined ? start !== '99991231' : end <= start)
    faults.push(`DTEND ${end} is not after DTSTART ${start}`);
  if (seen.get('DTSTAMP') !== seen.get('LAST-MODIFIED')) faults.push('DTSTAMP and LAST-MODIFIED differ');
}

function isRealDay(value: string): boolean {
  const match = DATE.exec(value);
  if (!match) return false;
  const day = new Date(`${match[1]}-${match[2]}-${match[3]}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(`${match[1]}-${match[2]}-${match[3]}`);
}

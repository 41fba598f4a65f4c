import { describe, expect, test } from '@jest/globals';
import { accessOf, aCalendar, aTimesheet, event, ics, NOVEMBER, projectId, aPlaneProject } from '../fixture.ts';
import { uuid } from '../../support/make.ts';

/** What an event with these lines is matched to, as "PROJECT ITEM by: reason". */
async function matchOf(lines: readonly string[], prepare?: (fixture: ReturnType<typeof aTimesheet>) => unknown) {
  const fixture = aTimesheet(aCalendar(ics(event('a', ...lines))));
  await prepare?.(fixture);
  const { entries } = await fixture.timesheet.read(NOVEMBER);
  const [{ project, item, matchedBy, reason } = expectNothing()] = entries;
  return `${project?.identifier ?? '-'} ${item?.key ?? '-'} ${matchedBy ?? '-'}: ${reason}`;
}

function expectNothing(): never {
  throw new Error('no entry');
}

describe('keys', () => {
  test.each([
    ['WEB-12', 'title', 'SUMMARY:WEB-12'],
    ['WEB-12', 'title', 'SUMMARY:Review (WEB-12)'],
    ['WEB-12', 'title', 'SUMMARY:WEB-12: review'],
    ['WEB-12', 'title', 'SUMMARY:Finish WEB-12.'],
    ['WEB-12', 'title', 'SUMMARY:WEB-12 – review'],
    ['WEB-12', 'title', 'SUMMARY:feature/WEB-12'],
    ['WEB-12', 'title', 'SUMMARY:WEB-12 and WEB-12 again'],
    ['WEB-12', 'title', 'SUMMARY:WE\u00adB-12'],
    ['WEB-12', 'title', 'SUMMARY:WEB-12 and WEB-999'],
    ['WEB2-1', 'title', 'SUMMARY:WEB2-1'],
    ['OPS-7', 'location', 'LOCATION:Room OPS-7'],
    ['OPS-7', 'description', 'DESCRIPTION:Agenda\\n- OPS-7\\, then lunch'],
    ['OPS-7', 'description', 'DESCRIPTION:<p>Agenda<br>OPS-7</p>'],
    ['OPS-7', 'description', 'DESCRIPTION:<b>OPS</b>-7&nbsp;later'],
    ['WEB-12', 'description', 'DESCRIPTION:<a href="https://plane.example.com/acme/browse/WEB-12/">ticket</a>'],
    ['WEB-12', 'description', 'DESCRIPTION:See https://plane.example.com/acme/browse/web-12.'],
    ['WEB-12', 'description', 'DESCRIPTION:<https://plane.example.com/acme/browse/WEB-12/>'],
    ['WEB-12', 'URL', 'URL:https://plane.example.com/acme/browse/WEB-12/?peek=1#comments'],
    ['WEB-12', 'URL', `URL:https://plane.example.com/acme/projects/${projectId(1)}/issues/${uuid(1012)}`],
  ])('%s is found in the %s of %s', async (key, field, line) => {
    const [identifier] = key.split('-');
    expect(await matchOf([line])).toBe(`${identifier} ${key} key: ${key} in the ${field}`);
  });

  test.each([
    ['inside another key', 'SUMMARY:WEB-123'],
    ['inside a word', 'SUMMARY:XWEB-12'],
    ['behind a letter of another script', 'SUMMARY:яWEB-12'],
    ['before a letter of another script', 'SUMMARY:WEB-12я'],
    ['before a digit of another script', 'SUMMARY:WEB-1٢'],
    ['before a combining mark', 'SUMMARY:WEB-12\u0301'],
    ['behind a hyphen', 'SUMMARY:MY-WEB-12'],
    ['behind a hyphen that does not break', 'SUMMARY:MY\u2011WEB-12'],
    ['in a name of a branch', 'SUMMARY:WEB-12-fix'],
    ['in lower case', 'SUMMARY:web-12'],
    ['behind an ampersand', 'SUMMARY:AT&WEB-12'],
    ['with a zero in front', 'SUMMARY:WEB-012'],
    ['with a fraction', 'SUMMARY:WEB-12.5'],
    ['as a range', 'SUMMARY:WEB-12–14'],
    ['as a list', 'SUMMARY:WEB-12/13'],
    ['with something invisible', 'SUMMARY:WEB-12\u200b3'],
    ['across tags', 'DESCRIPTION:WEB-1<b>234</b>'],
    ['with an encoded digit', 'DESCRIPTION:WEB-1&#50;3'],
    ['with an entity that nobody knows', 'DESCRIPTION:WEB-1&frac12;'],
    ['in an address of another server', 'DESCRIPTION:https://jira.example.com/browse/WEB-12'],
    ['in an address without a scheme', 'DESCRIPTION:jira.example.com/browse/WEB-12'],
    ['behind a colon in such an address', 'DESCRIPTION:see:jira.example.com/browse/WEB-12'],
    ['at a port of this machine', 'DESCRIPTION:localhost:8080/browse/WEB-12'],
    ['in an e-mail address', 'DESCRIPTION:WEB-12@example.com'],
    ['in another workspace', 'URL:https://plane.example.com/other/browse/WEB-12/'],
    ['in a workspace with a longer name', 'URL:https://plane.example.com/acme2/browse/WEB-12/'],
    ['on another server with the same path', 'URL:https://plane.example.org/acme/browse/WEB-12/'],
    ['in the query of a link', 'URL:https://plane.example.com/acme/?next=/browse/WEB-12/'],
    ['of a project that is not published', 'SUMMARY:SEC-1'],
    ['cut at the end of a long text', `DESCRIPTION:${'x '.repeat(4_995)}1234 WEB-12`],
  ])('no key is found %s', async (_where, line) => {
    expect(await matchOf([line])).toMatch(
      /^- - -: (?:Names no work item and no project|WEB-1\d{2,} is not a work item Plane shows)$/,
    );
  });

  test('a key that Plane does not show matches nothing, and the reason says so', async () => {
    expect(await matchOf(['SUMMARY:WEB-999'])).toBe('- - -: WEB-999 is not a work item Plane shows');
  });

  test('an unknown key leaves the decision to the next field', async () => {
    expect(await matchOf(['SUMMARY:WEB-999', 'LOCATION:OPS-7'])).toBe('OPS OPS-7 key: OPS-7 in the location');
  });

  test('two items in one field match nothing, not even a name or the default project', async () => {
    const lines = ['SUMMARY:Website: WEB-12 and WEB-13', 'LOCATION:OPS-7'];
    expect(await matchOf(lines)).toBe('- - -: Names two work items: WEB-12 and WEB-13');
  });

  test('a key and a link to another item are two', async () => {
    const lines = ['SUMMARY:WEB-12 https://plane.example.com/acme/browse/WEB-13/'];
    expect(await matchOf(lines)).toBe('- - -: Names two work items: WEB-12 and WEB-13');
  });

  test('two links without a space between them are no guess at the first', async () => {
    const link = (key: string): string => `https://plane.example.com/acme/browse/${key}`;
    expect(await matchOf([`DESCRIPTION:${link('WEB-12')}\\,${link('WEB-13')}`])).toMatch(/^- - -/);
  });

  test('a longer identifier wins, also where its project is not published', async () => {
    const prepare = ({ plane }: ReturnType<typeof aTimesheet>): void => {
      plane.snapshots = [...plane.snapshots, aPlaneProject(9, 'MY WEB', 'Mine', 1)];
      plane.removed.set(projectId(9), { reason: 'unpublished', since: 0 });
    };
    expect(await matchOf(['SUMMARY:MY WEB-12'], prepare)).toBe('- - -: Names no work item and no project');
    expect(await matchOf(['SUMMARY:MY WEB-12'])).toBe('WEB WEB-12 key: WEB-12 in the title');
  });

  test('identifiers may have letters of any script, spaces and characters that mean something in expressions', async () => {
    const prepare = ({ plane }: ReturnType<typeof aTimesheet>): void => {
      plane.snapshots = [aPlaneProject(8, 'ЖУК (A)', 'Жук', 1)];
    };
    expect(await matchOf(['SUMMARY:Ремонт ЖУК (A)-1'], prepare)).toBe('ЖУК (A) ЖУК (A)-1 key: ЖУК (A)-1 in the title');
  });

  test('while the items of a project can not be loaded, its keys match nothing, and nothing else decides', async () => {
    const prepare = ({ plane }: ReturnType<typeof aTimesheet>): void => {
      plane.unread.add(projectId(2));
    };
    const reason = "OPS-7 can't be looked up: the work items of Operations can't be loaded now";
    expect(await matchOf(['SUMMARY:Website OPS-7'], prepare)).toBe(`- - -: ${reason}`);
  });

  test('projects that are not published match in no way', async () => {
    const lines = ['SUMMARY:Website WEB-12', 'URL:https://plane.example.com/acme/browse/WEB-12/'];
    const unpublish = async ({ plane, timesheet }: ReturnType<typeof aTimesheet>): Promise<void> => {
      await timesheet.addRule({ when: { word: 'Website' }, project: 'WEB', viewer: null });
      plane.removed.set(projectId(1), { reason: 'unpublished', since: 0 });
    };
    expect(await matchOf(lines, unpublish)).toBe('- - -: Names no work item and no project');
  });
});

describe('rules', () => {
  const rule =
    (...given: readonly Parameters<ReturnType<typeof aTimesheet>['timesheet']['addRule']>[0][]) =>
    async ({ timesheet }: ReturnType<typeof aTimesheet>): Promise<void> => {
      for (const one of given) await timesheet.addRule(one);
    };

  test.each([
    [{ word: 'daily  STAND-UP' }, 'SUMMARY:The Daily Stand-Up, today'],
    [{ word: 'über' }, 'SUMMARY:U\u0308BER alles'],
    [{ category: 'client work' }, 'CATEGORIES:Other,Client Work'],
    [{ organizer: 'Boss@Example.com' }, 'ORGANIZER;CN=Boss:MAILTO:boss@example.COM'],
  ])('%j is met by %s', async (when, line) => {
    expect(await matchOf([line], rule({ when, item: 'OPS-7', viewer: null }))).toMatch(/^OPS OPS-7 rule: Rule: /);
  });

  test.each([
    [{ word: 'stand' }, 'SUMMARY:Standup'],
    [{ word: 'up' }, 'SUMMARY:Startup'],
    [{ word: 'art' }, 'SUMMARY:Art\u0301e'],
    [{ category: 'client' }, 'CATEGORIES:Client Work'],
    [{ category: 'a' }, 'CATEGORIES:a\\,b'],
    [{ organizer: 'boss@example.com' }, 'ORGANIZER:mailto:bigboss@example.com'],
  ])('%j is not met by %s', async (when, line) => {
    expect(await matchOf([line], rule({ when, project: 'OPS', viewer: null }))).toMatch(/^- - -/);
  });

  test('a rule decides where a field names two items', async () => {
    const lines = ['SUMMARY:Triage WEB-12 WEB-13'];
    expect(await matchOf(lines, rule({ when: { word: 'triage' }, project: 'WEB', viewer: null }))).toBe(
      'WEB - rule: Rule: “triage” in the title',
    );
  });

  test('rules with different targets match nothing', async () => {
    const lines = ['SUMMARY:Website triage', 'CATEGORIES:Ops'];
    const prepare = rule(
      { when: { word: 'triage' }, project: 'WEB', viewer: null },
      { when: { category: 'ops' }, item: 'OPS-7', viewer: null },
    );
    expect(await matchOf(lines, prepare)).toBe(
      '- - -: Two rules match: category “ops” (OPS-7) and “triage” in the title (Website)',
    );
  });

  test('the rules of a person go before general ones, and those of others do not count', async () => {
    const prepare = rule(
      { when: { word: 'triage' }, project: 'WEB', viewer: null },
      { when: { word: 'triage' }, project: 'OPS', member: 'Anna', viewer: null },
      { when: { word: 'triage' }, project: 'WEB2', member: 'ben', viewer: null },
    );
    expect(await matchOf(['SUMMARY:Triage'], prepare)).toMatch(/^OPS - rule/);
  });

  test('a key goes before a rule', async () => {
    const prepare = rule({ when: { word: 'triage' }, project: 'OPS', viewer: null });
    expect(await matchOf(['SUMMARY:Triage WEB-12'], prepare)).toMatch(/^WEB WEB-12 key/);
  });

  test('the same condition for the same person has one rule, with the last target', async () => {
    const fixture = aTimesheet(aCalendar(ics(event('a'))));
    const { timesheet } = fixture;
    const first = await timesheet.addRule({ when: { word: 'Triage' }, project: 'WEB', viewer: null });
    const second = await timesheet.addRule({ when: { word: ' triage' }, project: 'OPS', viewer: null });
    expect(second.id).toBe(first.id);
    expect(first.id).toMatch(/^rule-[a-z0-9]{10}$/);
    expect((await timesheet.rules(null)).map(({ project }) => project?.identifier)).toEqual(['OPS']);
  });

  test.each([{ word: '' }, { word: ' - ' }, { category: '' }, { organizer: 'boss' }, { word: 'x'.repeat(1_001) }])(
    '%j is no condition',
    async (when) => {
      const { timesheet } = aTimesheet();
      await expect(timesheet.addRule({ when, project: 'WEB', viewer: null })).rejects.toMatchObject({
        code: 'invalid',
      });
    },
  );
});

describe('names of projects', () => {
  test.each([
    ['WEB', 'SUMMARY:Website: planning'],
    ['WEB2', 'SUMMARY:Kick-off Website Relaunch'],
    ['WEB', "SUMMARY:The Website's future"],
    ['WEB', 'SUMMARY:Réunion d’Website'],
  ])('%s is named in %s', async (identifier, line) => {
    expect(await matchOf([line])).toBe(`${identifier} - name: Name of the project in the title`);
  });

  test.each([
    ['in another letter case', 'SUMMARY:website'],
    ['inside a word', 'SUMMARY:Websites'],
    ['inside a compound', 'SUMMARY:Website-Relaunch'],
    ['inside a compound with another hyphen', 'SUMMARY:Alt\u2010Website'],
    ['in an address', 'SUMMARY:https://example.com/Website'],
    ['in the location', 'LOCATION:Website'],
    ['with something that makes it another word', 'SUMMARY:Website++'],
    ['inside a contraction', "SUMMARY:Website'll"],
    ['inside a name with a dot', 'SUMMARY:Website.js'],
    ['behind an ampersand', 'SUMMARY:Q&Website'],
  ])('a name does not count %s', async (_where, line) => {
    expect(await matchOf([line])).toMatch(/^- - -/);
  });

  test.each(['Website+Operations', 'Website&Operations', 'Operations and Website++', 'Website/Operations'])(
    'which of two names is meant is no guess in %s',
    async (title) => {
      expect(await matchOf([`SUMMARY:${title}`])).toBe('- - -: Names two projects: Website (WEB) and Operations (OPS)');
    },
  );

  test('a name without a letter or a digit names nothing', async () => {
    const prepare = ({ plane }: ReturnType<typeof aTimesheet>): void => {
      plane.snapshots = ['-', '&', '…', '.', '+'].map((name, at) => aPlaneProject(at + 1, `P${at}`, name, 1));
    };
    expect(await matchOf(['SUMMARY:A - B & C … D . + E'], prepare)).toMatch(/^- - -/);
  });

  test('one of thousands of projects is found by its name', async () => {
    const prepare = ({ plane }: ReturnType<typeof aTimesheet>): void => {
      plane.snapshots = Array.from({ length: 2_000 }, (_, at) => aPlaneProject(at + 1, `P${at}`, `Project ${at}`, 1));
    };
    expect(await matchOf(['SUMMARY:Project 1999'], prepare)).toMatch(/^P1999 - name/);
  });

  test('two names match nothing, not even the default project', async () => {
    expect(await matchOf(['SUMMARY:Website Relaunch and Website'])).toBe(
      '- - -: Names two projects: Website (WEB) and Website Relaunch (WEB2)',
    );
  });

  test('two projects of one name match nothing', async () => {
    const prepare = ({ plane }: ReturnType<typeof aTimesheet>): void => {
      plane.snapshots = [...plane.snapshots, aPlaneProject(7, 'OLD', 'Website', 1)];
    };
    expect(await matchOf(['SUMMARY:Website'], prepare)).toMatch(/^- - -: Names two projects/);
  });
});

test('projects may have any characters in their names and identifiers', async () => {
  const names = ['Front-end', '.*', 'C++', '(a+)+$', '[x', 'a|b', '\\', '{', '/', '^', ' ', '日本', '…', '__proto__'];
  const prepare = ({ plane }: ReturnType<typeof aTimesheet>): void => {
    plane.snapshots = names.map((name, at) => aPlaneProject(at + 1, `${name}${at}`, name, 1));
  };
  expect(await matchOf(['SUMMARY:The Front-end'], prepare)).toMatch(/^Front-end0 - name/);
  expect(await matchOf(['SUMMARY:Front-end0-1'], prepare)).toMatch(/^Front-end0 Front-end0-1 key/);
  expect(await matchOf(['SUMMARY:Talk on C++'], prepare)).toMatch(/^C\+\+2 - name/);
  expect(await matchOf(['SUMMARY:(a+)+$3-1'], prepare)).toMatch(/^\(a\+\)\+\$3 \S+ key/);
  expect(await matchOf(['SUMMARY:Lunch'], prepare)).toMatch(/^- - -/);
});

describe('what a member may see', () => {
  test('limits what their hours can be matched to', async () => {
    const { timesheet } = aTimesheet(aCalendar(ics(event('a', 'SUMMARY:WEB-12'), event('b', 'SUMMARY:OPS-7'))));
    const { entries, projects } = await timesheet.read({ ...NOVEMBER, viewer: accessOf('anna', 1) });
    expect(entries.map(({ item, reason }) => [item?.key ?? null, reason])).toEqual([
      ['WEB-12', 'WEB-12 in the title'],
      [null, 'Names no work item and no project'],
    ]);
    expect(projects.map(({ identifier }) => identifier)).toEqual(['WEB']);
  });

  test.each([
    ['SUMMARY:Website Relaunch', 'WEB - name: Name of the project in the title'],
    ['SUMMARY:MY WEB-12', 'WEB WEB-12 key: WEB-12 in the title'],
  ])('does not say which other projects there are: %s', async (line, expected) => {
    const fixture = aTimesheet(aCalendar(ics(event('a', line))));
    fixture.plane.snapshots = [...fixture.plane.snapshots, aPlaneProject(9, 'MY WEB', 'Mine', 1)];
    const { entries } = await fixture.timesheet.read({ ...NOVEMBER, viewer: accessOf('anna', 1) });
    const shown = entries.map(
      ({ project, item, matchedBy, reason }) =>
        `${project?.identifier ?? '-'} ${item?.key ?? '-'} ${matchedBy ?? '-'}: ${reason}`,
    );
    expect(shown).toEqual([expected]);
  });

  test('leaves general rules for other projects and items out', async () => {
    const { timesheet } = aTimesheet();
    await timesheet.addRule({ when: { word: 'merger' }, project: 'OPS', viewer: null });
    await timesheet.addRule({ when: { word: 'layoffs' }, item: 'WEB-12', viewer: null });
    await timesheet.addRule({ when: { word: 'triage' }, project: 'WEB', viewer: null });
    await timesheet.addRule({ when: { word: 'standup' }, project: 'OPS', member: 'Anna', viewer: null });
    const viewer = { ...accessOf('anna', 1), guestProjectIds: [projectId(1)] };
    const rules = await timesheet.rules(viewer);
    // Those of one millisecond are in no order.
    expect(new Set(rules.map(({ when }) => when))).toEqual(new Set([{ word: 'triage' }, { word: 'standup' }]));
    expect(await timesheet.rules(null)).toHaveLength(4);
  });

  test('of a project in which they are a guest it is their own items', async () => {
    const { timesheet } = aTimesheet(aCalendar(ics(event('a', 'SUMMARY:WEB-12'))));
    const viewer = { ...accessOf('anna', 1), guestProjectIds: [projectId(1)] };
    const { entries } = await timesheet.read({ ...NOVEMBER, viewer });
    expect(entries[0]).toMatchObject({ item: null, reason: 'WEB-12 is not a work item Plane shows' });
  });
});

test('the default project is the last resort', async () => {
  const calendar = aCalendar(ics(event('a', 'SUMMARY:Lunch'), event('b', 'SUMMARY:OPS-7')), {
    settings: { projectId: projectId(1) },
  });
  const { entries } = await aTimesheet(calendar).timesheet.read(NOVEMBER);
  expect(entries.map(({ project, matchedBy }) => [project?.identifier, matchedBy])).toEqual([
    ['WEB', 'default'],
    ['OPS', 'key'],
  ]);
});

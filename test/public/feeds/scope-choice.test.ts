import { describe, expect, test } from '@jest/globals';

type Kind = 'projects' | 'all' | 'person' | 'none';
interface Choice {
  readonly kind: Kind;
  readonly projects: readonly string[];
  readonly person: string;
  readonly calendars: readonly string[];
}
interface Offer {
  readonly projects: readonly { id: string; identifier: string; name: string }[];
  readonly members: readonly { id: string; display_name: string }[];
  readonly calendars: readonly { id: string; name: string; color: string | null }[];
  readonly isMember: boolean;
}

/** What the page's module exports; it has no types of its own here. */
interface ScopeChoices {
  scopeRequest(choice: Choice): unknown;
  scopeError(choice: Choice): string;
  scopeName(choice: Choice, offer: Offer): string;
  scopeOf(scope: object, offer: Offer): Choice;
  scopeOfQuery(query: URLSearchParams, offer: Offer): Choice;
  projectsIn(choice: Choice, projects: Offer['projects']): Offer['projects'];
}

const MODULE = '../../../public/feeds/scope-choice.js';
const { projectsIn, scopeError, scopeName, scopeOf, scopeOfQuery, scopeRequest } = (await import(
  MODULE
)) as ScopeChoices;

const OFFER: Offer = {
  projects: [
    { id: 'p-web', identifier: 'WEB', name: 'Website' },
    { id: 'p-app', identifier: 'APP', name: 'Mobile app' },
  ],
  members: [{ id: 'm-ada', display_name: 'Ada' }],
  calendars: [
    { id: 'cal-1', name: 'Holidays', color: null },
    { id: 'cal-2', name: 'Room', color: null },
  ],
  isMember: false,
};
const NOTHING: Choice = { kind: 'none', projects: [], person: '', calendars: [] };

describe('the scope of a form', () => {
  test('has other calendars beside what is chosen of Plane', () => {
    const calendars = ['cal-2', 'cal-1'];
    expect(scopeRequest({ ...NOTHING, kind: 'all', calendars })).toEqual({ all: true, calendars });
    expect(scopeRequest({ ...NOTHING, kind: 'projects', projects: ['p-web'], calendars })).toEqual({
      projects: ['p-web'],
      calendars,
    });
    expect(scopeRequest({ ...NOTHING, kind: 'person', person: 'm-ada', calendars })).toEqual({
      person: 'm-ada',
      calendars,
    });
  });

  test('has calendars alone when nothing of Plane is chosen, and is then incomplete without one', () => {
    expect(scopeRequest({ ...NOTHING, projects: ['p-web'], calendars: ['cal-1'] })).toEqual({ calendars: ['cal-1'] });
    expect(scopeRequest(NOTHING)).toBeNull();
    expect(scopeError(NOTHING)).toBe('Choose at least one calendar.');
    expect(projectsIn({ ...NOTHING, projects: ['p-web'] }, OFFER.projects)).toEqual([]);
  });

  test('says nothing of calendars while none is chosen', () => {
    expect(scopeRequest({ ...NOTHING, kind: 'all' })).toEqual({ all: true });
  });

  test('stays incomplete while what was asked of Plane is missing, calendars or not', () => {
    const calendars = ['cal-1'];
    expect(scopeRequest({ ...NOTHING, kind: 'projects', calendars })).toBeNull();
    expect(scopeRequest({ ...NOTHING, kind: 'person', calendars })).toBeNull();
  });

  test('is named after all that it includes', () => {
    const name = (choice: Partial<Choice>) => scopeName({ ...NOTHING, ...choice }, OFFER);
    expect(name({ kind: 'projects', projects: ['p-web', 'p-app'], calendars: ['cal-1'] })).toBe(
      'Website, Mobile app, Holidays',
    );
    expect(name({ kind: 'all' })).toBe('All projects');
    expect(name({ calendars: ['cal-2', 'cal-1'] })).toBe('Room, Holidays');
    expect(name({ kind: 'person', calendars: ['cal-9'] })).toBe('Removed calendar');
  });
});

describe('a scope of the API', () => {
  test.each<[string, object, Partial<Choice>]>([
    ['all projects', { all: true }, { kind: 'all' }],
    [
      'all projects and a calendar',
      { all: true, calendars: ['Room'], calendar_ids: ['cal-2'] },
      { kind: 'all', calendars: ['cal-2'] },
    ],
    [
      'projects and calendars',
      { projects: ['WEB'], project_ids: ['p-web'], calendars: ['Room'], calendar_ids: ['cal-2'] },
      { kind: 'projects', projects: ['p-web'], calendars: ['cal-2'] },
    ],
    ['calendars alone', { calendars: ['Room'], calendar_ids: ['cal-2'] }, { calendars: ['cal-2'] }],
    [
      'a person',
      { person: 'Ada', calendars: ['Room'], calendar_ids: ['cal-2'] },
      { kind: 'person', person: 'm-ada', calendars: ['cal-2'] },
    ],
  ])('of %s becomes that of the form', (_name, scope, choice) => {
    expect(scopeOf(scope, OFFER)).toEqual({ ...NOTHING, ...choice });
  });
});

describe("a scope in the page's address", () => {
  const of = (query: string, offer = OFFER) => scopeOfQuery(new URLSearchParams(query), offer);

  test('may be calendars alone, or calendars beside projects', () => {
    expect(of('calendar=cal-1')).toEqual({ ...NOTHING, calendars: ['cal-1'] });
    expect(of('project=WEB&calendar=cal-1')).toEqual({
      ...NOTHING,
      kind: 'projects',
      projects: ['p-web'],
      calendars: ['cal-1'],
    });
  });

  test('is everything where it names nothing that exists, and nothing yet for a member', () => {
    expect(of('calendar=cal-9').kind).toBe('all');
    expect(of('', { ...OFFER, isMember: true }).kind).toBe('projects');
  });
});

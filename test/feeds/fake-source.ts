import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError } from '../../src/domain/errors.ts';
import type { Member, Project, RequiredPart, Snapshot } from '../../src/domain/plane.ts';
import type { ProjectStatus, Source } from '../../src/domain/ports.ts';
import { createLoader, type Loader } from '../../src/feeds/loader.ts';
import { missingIn } from '../../src/sources/plane/content.ts';
import { requiredParts } from '../../src/views/options/options.ts';
import { NOON } from '../support/make.ts';
import { aContent } from '../support/render.ts';
import { apart } from '../../src/feeds/calendars/merge.ts';

/** What is known of a project, changeable. */
export interface FakeProject {
  snapshot: Snapshot | null;
  checkedAt: number;
  freshUntil: number;
  error: Error | null;
  removed: ProjectStatus['removed'];
  saved: Promise<void>;
}

/** A source whose answers the test gives, with a loader over it. */
export interface FakeSource {
  readonly clock: { now: number };
  readonly source: Source;
  readonly loader: Loader;
  /** What is known of a project; a test may change it. */
  project(projectId: string): FakeProject;
  /** Lists these projects, fresh for a minute. */
  publish(...snapshots: readonly Snapshot[]): void;
  /** Ends the refreshes of this project under way, successfully or not. */
  answer(answer: Snapshot | { readonly failed: string }): Promise<void>;
  /** Ends every time limit. */
  timeOut(): Promise<void>;
  /** The project id of each refresh. */
  readonly refreshed: string[];
  /** The time limits of the loader, in milliseconds. */
  readonly waits: number[];
  /** The parts that were last requested, by project. */
  readonly requiredParts: Map<string, readonly RequiredPart[]>;
  /** People by e-mail address. */
  readonly emails: Map<string, Member>;
  /** While set, listing projects or people fails. */
  listError: Error | null;
  /** What `paused` returns. */
  pause: Error | null;
}

export const REFRESH_ERROR = new AppError('plane_unavailable', 'down');

export function aFakeSource(): FakeSource {
  const clock = { now: NOON };
  const projects = new Map<string, FakeProject>();
  let waiting: { readonly id: string; readonly done: () => void }[] = [];
  let timeOuts: (() => void)[] = [];

  function projectOf(id: string): FakeProject {
    let found = projects.get(id);
    if (!found) {
      found = { snapshot: null, checkedAt: 0, freshUntil: 0, error: null, removed: null, saved: Promise.resolve() };
      projects.set(id, found);
    }
    return found;
  }

  const source = createSource(
    () => fake,
    projects,
    (id) =>
      new Promise((done) => {
        waiting.push({ id, done });
      }),
  );

  const fake: FakeSource = {
    clock,
    source,
    loader: createLoader({
      merge: apart,
      source,
      now: () => clock.now,
      delay: (ms) => {
        fake.waits.push(ms);
        return new Promise((resolve) => {
          timeOuts.push(resolve);
        });
      },
    }),
    project: projectOf,
    publish: (...all) => {
      for (const snapshot of all) {
        const fresh = { checkedAt: clock.now, freshUntil: clock.now + 60_000, error: null };
        Object.assign(projectOf(snapshot.project.id), { snapshot, ...fresh });
      }
    },
    answer: async (answer) => {
      await nextTurn();
      const id = 'failed' in answer ? answer.failed : answer.project.id;
      if ('failed' in answer) projectOf(id).error = REFRESH_ERROR;
      else fake.publish(answer);
      const [mine, others] = [waiting.filter((one) => one.id === id), waiting.filter((one) => one.id !== id)];
      waiting = others;
      for (const { done } of mine) done();
      await nextTurn();
    },
    timeOut: async () => {
      await nextTurn();
      const all = timeOuts;
      timeOuts = [];
      for (const resolve of all) resolve();
      await nextTurn();
    },
    refreshed: [],
    waits: [],
    requiredParts: new Map(),
    emails: new Map(),
    listError: null,
    pause: null,
  };
  return fake;
}

/** The source itself; `refreshed` resolves when the test ends a refresh. */
function createSource(
  fake: () => FakeSource,
  projects: ReadonlyMap<string, FakeProject>,
  refreshed: (id: string) => Promise<void>,
): Source {
  function checkList(): void {
    const { listError } = fake();
    if (listError) throw listError;
  }
  const snapshots = (): Snapshot[] => {
    checkList();
    return [...projects.values()].flatMap(({ snapshot }) => snapshot ?? []);
  };

  const named = (name: string): Project | undefined =>
    snapshots()
      .map((one) => one.project)
      .find(({ id, identifier }) => id === name || identifier.toLowerCase() === name.toLowerCase());

  return {
    status: (id, selection) => {
      const { snapshot, saved, ...known } = fake().project(id);
      const missing = snapshot && selection ? missingIn(snapshot, selection) : { parts: false, names: false };
      return { ...known, content: snapshot && aContent(snapshot), missing, store: () => saved };
    },
    request: (id, { options, scope }) => {
      fake().requiredParts.set(id, requiredParts(options, scope));
    },
    refresh: (id) => {
      fake().refreshed.push(id);
      return refreshed(id);
    },
    paused: () => fake().pause,
    known: named,
    find: async (name) => {
      await nextTurn();
      return named(name);
    },
    projects: async () => {
      await nextTurn();
      return snapshots().map(({ project }) => project);
    },
    members: async () => {
      await nextTurn();
      return new Map(snapshots().flatMap(({ members }) => [...members]));
    },
    memberByEmail: async (email) => {
      await nextTurn();
      checkList();
      return fake().emails.get(email.toLowerCase());
    },
  };
}

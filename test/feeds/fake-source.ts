import { setImmediate as turn } from 'node:timers/promises';
import type { Member, RequiredPart, Snapshot } from '../../src/domain/plane.ts';
import type { ProjectStatus, Source } from '../../src/domain/ports.ts';
import { createLoader, type Loader } from '../../src/feeds/loader.ts';
import { missingIn } from '../../src/sources/plane/content.ts';
import { requiredParts } from '../../src/views/options.ts';
import { NOON } from '../support/make.ts';
import { aContent } from '../support/render.ts';

/** What is known of a project; a test may change it. */
export interface FakeProject extends Pick<ProjectStatus, 'saved'> {
  snapshot: Snapshot | null;
  checkedAt: number;
  freshUntil: number;
  error: Error | null;
  removed: ProjectStatus['removed'];
  saved: Promise<void>;
}

/** A source of projects that the test answers by hand, and the loader before it. */
export interface FakeSource {
  readonly clock: { now: number };
  readonly source: Source;
  readonly loader: Loader;
  /** What is told of a project; may be changed. */
  project(projectId: string): FakeProject;
  /** These are listed, and known as they are, for a minute. */
  publish(...snapshots: readonly Snapshot[]): void;
  /** All who wait get this project, or its trouble. */
  answer(answer: Snapshot | { readonly failed: string }): Promise<void>;
  /** Nobody waits any longer. */
  timeOut(): Promise<void>;
  /** Project ids, one for each refresh. */
  readonly refreshed: string[];
  /** Bounds of time, in milliseconds. */
  readonly waits: number[];
  /** What was asked for last, by project. */
  readonly requiredParts: Map<string, readonly RequiredPart[]>;
  /** Who has which address. */
  readonly emails: Map<string, Member>;
  /** While set, neither projects nor people can be listed. */
  trouble: Error | null;
  /** Why the source is not asked now. */
  pause: Error | null;
}

export const PROJECT_TROUBLE = new Error('down');

export function aFakeSource(): FakeSource {
  const clock = { now: NOON };
  const projects = new Map<string, FakeProject>();
  let waiting: { readonly id: string; readonly done: () => void }[] = [];
  let timeOuts: (() => void)[] = [];

  function project(id: string): FakeProject {
    let found = projects.get(id);
    if (!found) {
      found = { snapshot: null, checkedAt: 0, freshUntil: 0, error: null, removed: null, saved: Promise.resolve() };
      projects.set(id, found);
    }
    return found;
  }

  const snapshots = (): Snapshot[] => {
    if (hand.trouble) throw hand.trouble;
    return [...projects.values()].flatMap(({ snapshot }) => snapshot ?? []);
  };

  const source: Source = {
    status: (id, selection) => {
      const { snapshot, ...known } = project(id);
      const missing = snapshot && selection ? missingIn(snapshot, selection) : { parts: false, names: false };
      return { ...known, content: snapshot && aContent(snapshot), missing };
    },
    request: (id, { options, scope }) => {
      hand.requiredParts.set(id, requiredParts(options, scope));
    },
    refresh: (id) => {
      hand.refreshed.push(id);
      return new Promise((done) => {
        waiting.push({ id, done });
      });
    },
    paused: () => hand.pause,
    find: async (name) => {
      await turn();
      return snapshots()
        .map((one) => one.project)
        .find(({ id, identifier }) => id === name || identifier.toLowerCase() === name.toLowerCase());
    },
    projects: async () => {
      await turn();
      return snapshots().map(({ project }) => project);
    },
    members: async () => {
      await turn();
      return new Map(snapshots().flatMap(({ members }) => [...members]));
    },
    memberByEmail: async (email) => {
      await turn();
      if (hand.trouble) throw hand.trouble;
      return hand.emails.get(email.toLowerCase());
    },
  };

  const hand: FakeSource = {
    clock,
    source,
    loader: createLoader({
      source,
      now: () => clock.now,
      delay: (ms) => {
        hand.waits.push(ms);
        return new Promise((resolve) => {
          timeOuts.push(resolve);
        });
      },
    }),
    project,
    publish: (...all) => {
      for (const snapshot of all) {
        const fresh = { checkedAt: clock.now, freshUntil: clock.now + 60_000, error: null };
        Object.assign(project(snapshot.project.id), { snapshot, ...fresh });
      }
    },
    answer: async (answer) => {
      await turn();
      const id = 'failed' in answer ? answer.failed : answer.project.id;
      if ('failed' in answer) project(id).error = PROJECT_TROUBLE;
      else hand.publish(answer);
      const [mine, others] = [waiting.filter((one) => one.id === id), waiting.filter((one) => one.id !== id)];
      waiting = others;
      for (const { done } of mine) done();
      await turn();
    },
    timeOut: async () => {
      await turn();
      const all = timeOuts;
      timeOuts = [];
      for (const resolve of all) resolve();
      await turn();
    },
    refreshed: [],
    waits: [],
    requiredParts: new Map(),
    emails: new Map(),
    trouble: null,
    pause: null,
  };
  return hand;
}

import { setImmediate as turn } from 'node:timers/promises';
import type { Member, RequiredPart, Snapshot } from '../../src/domain/plane.ts';
import { createLoader, type Loader } from '../../src/feeds/loader.ts';
import type { KnownProject, ProjectSource } from '../../src/feeds/source.ts';
import { NOON } from '../support/make.ts';

type Told = { -readonly [K in keyof KnownProject]: KnownProject[K] };

/** A source of projects that the test answers by hand, and the loader before it. */
export interface ByHand {
  readonly clock: { now: number };
  readonly source: ProjectSource;
  readonly loader: Loader;
  /** What is told of a project; may be changed. */
  told(projectId: string): Told;
  /** These are listed, and known as they are, for a minute. */
  tell(...snapshots: readonly Snapshot[]): void;
  /** All who wait get this project, or its trouble. */
  answer(answer: Snapshot | { readonly failed: string }): Promise<void>;
  /** Nobody waits any longer. */
  timeOut(): Promise<void>;
  /** Project ids, one for each refresh. */
  readonly refreshed: string[];
  /** Bounds of time, in milliseconds. */
  readonly waits: number[];
  /** What was asked for last, by project. */
  readonly needs: Map<string, readonly RequiredPart[]>;
  /** Who has which address. */
  readonly emails: Map<string, Member>;
  /** While set, neither projects nor people can be listed. */
  trouble: Error | null;
  /** Why the source is not asked now. */
  pause: Error | null;
}

export const PROJECT_TROUBLE = new Error('down');

export function aSourceByHand(): ByHand {
  const clock = { now: NOON };
  const projects = new Map<string, Told>();
  let waiting: { readonly id: string; readonly done: () => void }[] = [];
  let timeOuts: (() => void)[] = [];

  function told(id: string): Told {
    let found = projects.get(id);
    if (!found) {
      found = { snapshot: null, checkedAt: 0, freshUntil: 0, error: null, gone: null, saved: Promise.resolve() };
      projects.set(id, found);
    }
    return found;
  }

  const snapshots = (): Snapshot[] => {
    if (hand.trouble) throw hand.trouble;
    return [...projects.values()].flatMap(({ snapshot }) => snapshot ?? []);
  };

  const source: ProjectSource = {
    known: told,
    asked: (id, needs) => {
      hand.needs.set(id, needs);
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
        .map(({ project }) => project)
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

  const hand: ByHand = {
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
    told,
    tell: (...all) => {
      for (const snapshot of all) {
        const fresh = { checkedAt: clock.now, freshUntil: clock.now + 60_000, error: null };
        Object.assign(told(snapshot.project.id), { snapshot, ...fresh });
      }
    },
    answer: async (answer) => {
      await turn();
      const id = 'failed' in answer ? answer.failed : answer.project.id;
      if ('failed' in answer) told(id).error = PROJECT_TROUBLE;
      else hand.tell(answer);
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
    needs: new Map(),
    emails: new Map(),
    trouble: null,
    pause: null,
  };
  return hand;
}

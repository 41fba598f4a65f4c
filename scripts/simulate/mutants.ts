/** A change of the program. `find` occurs once in its file. */
export interface Planted {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** A fault that breaks one rule. */
export interface Mutant extends Planted {
  readonly rule: string;
  /** What would make up for it: planted, too. */
  readonly also?: Planted;
}

export const MUTANTS: readonly Mutant[] = [
  {
    rule: 'a changed text gets a later stamp than the one before',
    file: 'src/feeds/revisions.ts',
    find: 'const revision = last ? Math.max(second, last.revision + 1) : firstRevision(id, digest);',
    replace: 'const revision = last ? Math.min(second, last.revision) : firstRevision(id, digest);',
  },
  {
    rule: 'a pass stores what it assigned, not what another pass did',
    file: 'src/feeds/revisions/seen.ts',
    find: 'if (used.get(id) === waiting.seen) own.push(',
    replace: 'if (used.has(id)) own.push(',
    also: {
      file: 'src/feeds/revisions/seen.ts',
      find: 'if (isReplaced(seen, writes)) throw conflictError();',
      replace: '',
    },
  },
  {
    rule: 'a revision is stored only over the one that was known',
    file: 'src/feeds/revisions/records.ts',
    find: 'value: encode(seen), expected }',
    replace: 'value: encode(seen), ...(expected && {}) }',
  },
  {
    rule: 'later revisions of other servers are adopted',
    file: 'src/feeds/revisions/seen.ts',
    find: 'if (last && (!stored || stored.revision > last.revision)) {',
    replace: 'if (last && !stored) {',
  },
  {
    rule: 'validators of other servers are adopted',
    file: 'src/feeds/documents.ts',
    find: 'if (dated?.etag !== document.etag || dated.version <= document.version) return entry;',
    replace: 'if (dated) return entry;',
  },
  {
    rule: 'what is stored is made of the latest content',
    file: 'src/feeds/publisher.ts',
    find: 'return replica.latest(feed).revision === feed.revision && (await isLatest());',
    replace: 'return Promise.resolve(isLatest !== undefined);',
  },
  {
    rule: 'a conflict is tried again',
    file: 'src/lib/conflicts.ts',
    find: "if (errorCode(error) !== 'conflict' || tries === MAX_TRIES) throw error;",
    replace: 'if (tries > 0) throw error;',
  },
  {
    rule: 'changes of others between two of our own are read',
    file: 'src/store/change-feed.ts',
    find: 'last !== null && number === last.number + 1) {',
    replace: 'last !== null && number !== null) {',
  },
  {
    rule: 'links of other servers are followed',
    file: 'src/feeds/links/records.ts',
    find: 'else if (versionOf(value) !== versionOf(storedAs(copy.byId(id)))) copy.set(read(value, id));',
    replace: 'else if (!copy.byId(id)) copy.set(read(value, id));',
  },
  {
    rule: 'two changes of a link happen one after the other',
    file: 'src/feeds/links/records.ts',
    find: 'expected: versionOf(storedAs(before)),',
    replace: '...(before && {}),',
    also: { file: 'src/feeds/links/changes.ts', find: "mutex('links', change);", replace: 'mutex && change();' },
  },
  {
    rule: 'a change is acknowledged when it is stored',
    file: 'src/feeds/links/changes.ts',
    find: 'await records.write(links.map((link) => ({ before: index.byId(link.id), link })));',
    replace:
      'const made = records.write(links.map((link) => ({ before: index.byId(link.id), link })));' +
      'for (const link of links) index.set(link);' +
      'await Promise.race([made.catch(() => undefined), null]);',
  },
  {
    rule: 'a probe that finds another mark reads what changed',
    file: 'src/sources/plane/sync/items/probe.ts',
    find: 'if (isComplete && isSameMark(mark, before.mark)) return before;',
    replace: 'if (isComplete) return before;',
  },
  {
    rule: 'the number of items counts, too',
    file: 'src/sources/plane/sync/items/probe.ts',
    find: 'const isComplete = mark.total === countOf(before);',
    replace: 'const isComplete = mark.total !== null;',
    also: {
      file: 'src/sources/plane/api/items/item-list.ts',
      find: 'return a.total === b.total && a.newestId',
      replace: 'return a.newestId',
    },
  },
  {
    rule: 'an older version of an item does not replace a newer one',
    file: 'src/sources/plane/webhook/receiver.ts',
    find: 'faults.size > 0 || item.updatedAt < current.updatedAt) return null;',
    replace: 'faults.size > 0) return null;',
  },
  {
    rule: 'an empty list of Plane is not believed at once',
    file: 'src/sources/plane/sync/doubts.ts',
    find: 'if (!guard.allows(key, losses))',
    replace: 'if (!guard.allows(key, []))',
  },
  {
    rule: 'a calendar that lost its events is not believed at once',
    file: 'src/sources/calendars/state/believe.ts',
    find: 'if (guard.allows(sourceId, losses)) return;',
    replace: 'if (guard.allows(sourceId, [])) return;',
  },
  {
    rule: 'what others made is never changed',
    file: 'src/mirrors/sync/plan.ts',
    find: "if (!isOurs) left.push(step('leave', object, FOREIGN));",
    replace: 'if (!isOurs && name === "") left.push(step(\'leave\', object, FOREIGN));',
  },
  {
    rule: 'an object that people edited is written again',
    file: 'src/mirrors/sync/plan.ts',
    find: 'if (current?.isOurs && current.theirs === object.fp) {',
    replace: 'if (current?.isOurs && current.base !== "") {',
  },
  {
    rule: 'copies of an object are removed',
    file: 'src/mirrors/sync/plan.ts',
    find: 'return { steps: [...steps, ...copies, ...left, ...deletions], unchanged, heldBack };',
    replace: 'return { steps: [...steps, ...copies.slice(0, 0), ...left, ...deletions], unchanged, heldBack };',
  },
  {
    rule: 'objects of items that are gone are removed',
    file: 'src/mirrors/sync/plan.ts',
    find: 'return { steps: [...steps, ...copies, ...left, ...deletions], unchanged, heldBack };',
    replace: 'return { steps: [...steps, ...copies, ...left, ...deletions.slice(0, 0)], unchanged, heldBack };',
  },
  {
    rule: 'a failed request to Plane is tried again',
    file: 'src/sources/plane/sync/snapshots.ts',
    find: 'return now() - failedAt < rest || (isPaused() && snapshot !== null);',
    replace: 'return failedAt > 0 && (now() >= rest || isPaused());',
  },
  {
    rule: 'a follower takes over',
    file: 'src/server/roles/replica.ts',
    find: 'const mayLead = (): boolean => !isClosing;',
    replace: 'const mayLead = (): boolean => isClosing;',
  },
  {
    rule: 'content is read again as often as FRESH_SECONDS says',
    file: 'src/sources/plane/sync/probe-intervals.ts',
    find: 'const longest = Math.max(freshMs(), slowMs, budgetMs(projects));',
    replace: 'const longest = 600_000 + slowMs + budgetMs(projects);',
  },
  {
    rule: 'the budget is kept',
    file: 'src/sources/plane/plane.ts',
    find: 'createBudget({ requestsPerMinute: requestsPerMinute(),',
    replace: 'createBudget({ requestsPerMinute: 100 * requestsPerMinute(),',
  },
  {
    rule: 'only the server with the lease reads Plane',
    file: 'src/server/wire-plane.ts',
    find: 'const { isLeader } = stores;',
    replace: 'const isLeader = (): boolean => stores.problems().length === 0;',
  },
  {
    rule: 'health reports content that is not believed',
    file: 'src/server/health/health.ts',
    find: 'plane.hasErrors || problems.length > 0 ||',
    replace: '',
  },
];

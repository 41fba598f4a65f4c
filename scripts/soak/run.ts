import { setTimeout as sleep } from 'node:timers/promises';
import type { SmallPlane } from '../../src/demo/plane.ts';
import type { ProjectTable } from '../../src/demo/rows.ts';
import { aCalDav } from '../../test/support/caldav.ts';
import { SECRET } from '../bench/workspace.ts';
import { editMany, seeded, startEditing } from './edits.ts';
import type { Facts, Figures, SoakOptions } from './facts.ts';
import { playFaults } from './faults.ts';
import { makeLinks, openAddresses, RENAMED, RENAMED_TO, linkRequests } from './feeds.ts';
import { createJudge } from './judge.ts';
import { startLoad } from './load.ts';
import { figuresOf } from './report.ts';
import { startSite } from './site.ts';
import { createSoakEnvironment } from './environment.ts';
import { storm, type StormFigures } from './storm.ts';
import { compare, confirmed, reconciled, warm } from './truth.ts';

/** One run: load, faults, cycles, and what is true in the end. */

const HOUR_MS = 3_600_000;
/** The silence after which probes alone must have found everything; played by moving the clock. */
const SILENCE_MINUTES = 10;
const SETTLE_MS = 120_000;
const NEW_SECRET = 'plane_wh_that_came_later';

export async function soak(options: SoakOptions): Promise<Figures> {
  const { projects, items, budget, faultSeconds, cycles, cycleSeconds, stormSize, say } = options;
  const random = seeded(42);
  const site = await startSite(projects, items);
  const { plane } = site;
  const dav = await aCalDav();
  const stage = await createSoakEnvironment({
    site,
    budget,
    disk: options.disk,
    nodeArgs: options.nodeArgs,
    say,
    settings: {
      MIRROR_URL: `${dav.url}/dav/work/`,
      MIRROR_USERNAME: dav.username,
      MIRROR_PASSWORD: dav.password,
      MIRROR_FEED: 'P01',
      MIRROR_MAX_DELETE: '1000,100%',
    },
  });
  try {
    const origin = stage.origin();
    const judge = createJudge(() => `${stage.seconds().toFixed(1)} s, ${stage.phase()}:`);
    const seen: Facts['seen'] = [];
    const storms: StormFigures[] = [];
    const memory: Facts['memory'] = [];
    const ends: string[] = [];
    const pause = (share: number): Promise<void> => sleep(share * faultSeconds * 1000);

    /** How long an edit without a webhook takes to show. */
    async function showsEdit(after: string, limitSeconds = 45): Promise<void> {
      const { row, items } = projectOf(plane, 'QUIET');
      const [item] = items.values();
      if (!item) throw new Error('there is no item to edit');
      const name = `Seen ${after} ${Date.now()}`;
      plane.dragItem(item.id, { target_date: '2027-01-15' });
      items.set(item.id, { ...item, ...items.get(item.id), name });
      const startedAt = performance.now();
      let isSeen = false;
      while (!isSeen && performance.now() - startedAt < limitSeconds * 1000) {
        await sleep(250);
        isSeen = await fetch(`${origin}/ics/${row.id}.ics`).then(
          async (answer) => (await answer.text()).replaceAll('\r\n ', '').includes(name),
          () => false,
        );
      }
      const seconds = isSeen ? (performance.now() - startedAt) / 1000 : null;
      seen.push({ after, seconds, limitSeconds });
      say(
        `          a silent edit ${after} is ${seconds === null ? 'NOT SEEN' : `seen after ${seconds.toFixed(1)} s`}`,
      );
    }

    // A store that is new, and everything built once.
    await stage.next('start: links made, calendars built');
    const requested = linkRequests(plane);
    const links = await makeLinks(origin, requested);
    const open = openAddresses(plane);
    const targets = [...links, ...open];
    await warm(origin, targets, 120_000);
    plane.hook = { url: `${origin}/webhooks/plane`, secret: SECRET };

    await stage.next('load alone');
    const load = startLoad({
      ...options,
      targets,
      slowReaders: 3,
      judge,
      origin: stage.origin,
      isDown: stage.isDown,
      phase: stage.phase,
    });
    await pause(2);
    const editors = startEditing(plane, 4, random);
    await stage.next('edits');
    await pause(2);

    await playFaults(stage, site, faultSeconds);
    await stage.next('after the faults of Plane');
    await showsEdit('after the faults of Plane');

    await stage.next('projects archived, restored, renamed, deleted');
    const [gone, renamed, archived] = ['GONE', RENAMED, 'P03'].map((identifier) => projectOf(plane, identifier).row.id);
    plane.archiveProject(archived ?? '');
    plane.editProject(renamed ?? '', { identifier: RENAMED_TO });
    plane.deleteProject(gone ?? '');
    await pause(2);
    plane.editProject(archived ?? '', { archived_at: null });

    await stage.next(`storm of ${stormSize} deliveries`);
    storms.push(await storm(origin, editMany(plane, stormSize)));
    await pause(1.5);

    if (stage.disk.way !== 'none') {
      await stage.next('the disk is full');
      const isFull = await stage.disk.fill(stage.program().pid);
      if (!isFull) throw new Error('the disk could not be made full');
      await pause(3);
      await stage.disk.free(stage.program().pid);
      await stage.next('the disk is free again');
      await showsEdit('after the disk was full');
    }

    await stage.next('SIGHUP: a second webhook secret');
    await stage.configure({ PLANE_WEBHOOK_SECRET: `${NEW_SECRET},${SECRET}`, FEED_WARN_BYTES: '900000000' });
    stage.program().signal('SIGHUP');
    await pause(0.5);
    storms.push(await storm(origin, editMany(plane, 50), NEW_SECRET));

    await stage.next('the clock jumps 2 days ahead');
    await stage.shiftClock(48 * HOUR_MS);
    await showsEdit('after the clock went ahead');
    await stage.next('the clock goes back an hour');
    await stage.shiftClock(47 * HOUR_MS);
    await showsEdit('after the clock went back', 45);

    await stage.next('SIGTERM under load');
    ends.push(`SIGTERM: ${await stage.restart('SIGTERM')}`);
    await pause(2);
    await stage.next('kill -9 under load');
    ends.push(`SIGKILL: ${await stage.restart('SIGKILL')}`);
    await pause(1);
    await showsEdit('after kill -9');

    for (let cycle = 1; cycle <= cycles; cycle++) {
      await stage.next(`cycle ${cycle}`);
      const endsAt = performance.now() + cycleSeconds * 1000;
      storms.push(await storm(origin, editMany(plane, Math.ceil(stormSize / 10))));
      site.fault = { kind: 'status', status: 502 };
      await sleep(cycleSeconds * 200);
      site.fault = null;
      await sleep(Math.max(0, endsAt - performance.now()));
      await stage.next(`memory after cycle ${cycle}`);
      const { rss, heapUsed, external } = await stage.program().memory();
      memory.push({ rss, heapUsed, external });
      await sleep(50);
      await stage.forgive();
    }

    await stage.next('silence');
    await editors.stop();
    await plane.delivered();
    await load.stop();
    // From here on a second server asks the same Plane.
    const askedAt = [...site.askedAt];
    await stage.shiftClock(stage.shift() + SILENCE_MINUTES * 60_000);
    const alive = new Set([...plane.tables.projects.values()].map(({ row }) => row.identifier));
    const unconfirmed = await confirmed(origin, targets, alive, SETTLE_MS);
    const fresh = await stage.fresh();
    const second = [...(await makeLinks(fresh.origin, requested)), ...afterRename(open)];
    await warm(fresh.origin, second, SETTLE_MS);
    const byProbes = await compare([origin, targets], [fresh.origin, second]);
    const isReconciled = await reconciled(origin, SETTLE_MS);
    const byReconcile = await compare([origin, targets], [fresh.origin, second]);
    await stage.next('end');

    const mirrored = [...dav.objects.values()].filter((text) => text.includes('plane-')).length;
    ends.push(`SIGTERM: ${await stage.program().end('SIGTERM')}`);
    return figuresOf({
      options,
      stage,
      judge,
      load: load.figures,
      askedAt,
      editCounts: editors.counts,
      seen,
      storms,
      memory,
      ends,
      truth: { unconfirmed, isReconciled, byProbes, byReconcile },
      mirrored,
    });
  } finally {
    await stage.close();
    await site.close();
    await dav.close();
  }
}

function projectOf({ tables }: SmallPlane, identifier: string): ProjectTable {
  const found = [...tables.projects.values()].find(({ row }) => row.identifier === identifier);
  if (!found) throw new Error(`the small Plane has no project ${identifier}`);
  return found;
}

/** The addresses that a server knows which has seen the workspace only as it is now. */
function afterRename(open: ReturnType<typeof openAddresses>): ReturnType<typeof openAddresses> {
  return open
    .filter(({ name }) => !name.startsWith('open GONE'))
    .map(({ name, path }) => ({ name, path: path.replace(`/${RENAMED}.ics`, `/${RENAMED_TO}.ics`) }));
}

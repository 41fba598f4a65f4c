import { setTimeout as sleep } from 'node:timers/promises';
import { SHARED_KINDS } from '../../../src/store/shared-kinds.ts';
import { eventually } from '../../support/processes.ts';
import type { Replica } from './replicas.ts';
import type { Trial } from './replica-trial.ts';

/** What happens to servers and database. Each event returns when all is well again, with what it took in milliseconds. */

export type Event = (trial: Trial) => Promise<Record<string, number>>;

/** How long a server is frozen that has no lease, and a database. */
const FREEZE_MS = 5_000;
const DOWN_MS = 2_000;

export const EVENTS = {
  'kill -9 of the leader': async (trial) => {
    const { name, process } = await trial.replicas.leader();
    trial.crashes.push(Date.now());
    trial.exits.push({ replica: name, how: 'SIGKILL' });
    return withTakeover(trial, () => {
      process.signal('SIGKILL');
    });
  },
  'SIGSTOP of the leader': async (trial) => {
    const frozen = await trial.replicas.leader();
    trial.crashes.push(Date.now());
    const figures = await withTakeover(
      trial,
      () => {
        frozen.process.signal('SIGSTOP');
      },
      'the frozen one stays down',
    );
    const woken = await wake(trial, frozen);
    await trial.replicas.ready();
    return { ...figures, ...woken };
  },
  'SIGTERM of the leader': async (trial) => {
    const { name, process } = await trial.replicas.leader();
    trial.exits.push({ replica: name, how: 'code 0' });
    return withTakeover(trial, () => {
      process.signal('SIGTERM');
    });
  },
  'kill -9 of a follower': async (trial) => {
    const follower = await aFollower(trial);
    trial.exits.push({ replica: follower.name, how: 'SIGKILL' });
    const ended = follower.process.ended();
    follower.process.signal('SIGKILL');
    await ended;
    return recovery(trial);
  },
  'SIGSTOP of a follower': async (trial) => {
    const follower = await aFollower(trial);
    follower.process.signal('SIGSTOP');
    await sleep(FREEZE_MS);
    follower.process.signal('SIGCONT');
    return recovery(trial);
  },
  'SIGTERM of a follower': async (trial) => {
    const follower = await aFollower(trial);
    trial.exits.push({ replica: follower.name, how: 'code 0' });
    const ended = follower.process.ended();
    follower.process.signal('SIGTERM');
    await ended;
    return recovery(trial);
  },
  'SIGSTOP of the database': async (trial) => {
    const { cluster } = trial.replicas;
    cluster.freeze();
    await sleep(FREEZE_MS);
    cluster.thaw();
    return recovery(trial);
  },
  'kill -9 of the database': async (trial) => {
    const { cluster } = trial.replicas;
    await cluster.stop('SIGKILL');
    await sleep(DOWN_MS);
    await cluster.start();
    return recovery(trial);
  },
  'restart of the database': async (trial) => {
    const { cluster } = trial.replicas;
    await cluster.stop();
    await cluster.start();
    return recovery(trial);
  },
  'restart of PgBouncer': async (trial) => {
    await trial.replicas.restartPooler();
    return recovery(trial);
  },
} satisfies Readonly<Record<string, Event>>;

async function aFollower({ replicas }: Trial): Promise<Replica> {
  const [follower] = await replicas.followers();
  if (!follower) throw new Error('there is no follower');
  return follower;
}

/** Until every server answers, and changes are made again. */
async function recovery({ replicas, revocations }: Trial): Promise<Record<string, number>> {
  const begunAt = performance.now();
  await replicas.leader();
  await replicas.ready();
  const recovered = performance.now() - begunAt;
  return { recovered, ...(await revocations.revokeOne()) };
}

/** Until another server has the lease, and then as above unless one stays down. */
async function withTakeover(
  trial: Trial,
  act: () => void,
  then?: 'the frozen one stays down',
): Promise<Record<string, number>> {
  const { observed } = trial.replicas;
  const before = (await observed.leases()).length;
  const begunAt = performance.now();
  act();
  const leases = await eventually(
    () => observed.leases(),
    (list) => list.length > before,
  );
  if (leases.length <= before) throw new Error('no server took the lease');
  const takeover = performance.now() - begunAt;
  return then ? { takeover } : { takeover, ...(await recovery(trial)) };
}

/** Lets a frozen server go on after another one took its lease: it may write nothing that only the leader may, and ends. */
async function wake({ replicas, exits }: Trial, { name, process }: Replica): Promise<Record<string, number>> {
  const taken = (await replicas.observed.leases()).at(-1)?.at ?? 0;
  exits.push({ replica: name, how: 'code 1' });
  const ended = process.ended();
  const begunAt = performance.now();
  process.signal('SIGCONT');
  const exit = await ended;
  const shared = Object.values(SHARED_KINDS).flat();
  const written = await replicas.observed.kindsWritten(name, taken, exit.at);
  const kinds = written.filter((kind) => !shared.includes(kind));
  if (kinds.length > 0) throw new Error(`a woken leader wrote records of the kinds ${kinds.join(', ')}`);
  return { ended: performance.now() - begunAt };
}

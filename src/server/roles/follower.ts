import type { IncomingMessage, ServerResponse } from 'node:http';
import { createFollowerServer } from '../../http/follower.ts';
import { createVault } from '../../store/vault.ts';
import { openAdminToken } from '../admin-token.ts';
import type { Answers } from '../front/front.ts';
import { createRelay, type Relay } from '../relay/relay.ts';
import type { FollowerRole, RoleOptions } from './role.ts';
import { closeFollower } from '../shutdown.ts';
import { wireFollower } from './wire-follower.ts';
import { UNNAMED } from '../world.ts';

/** How long a server that becomes the leader still answers what arrived before. */
const ANSWER_MS = 30_000;

/**
 * Starts a server without the lease. It answers calendars from what the leader stored, and hands to the leader what else arrives. It reads
 * nothing from Plane, and runs no mirror.
 */
export async function startFollower(options: RoleOptions): Promise<FollowerRole> {
  const { live, address, front, world, stores } = options;
  const { now, elapsed = now, replica = UNNAMED } = world;
  const started = live.current();
  const adminToken = await openAdminToken(started.adminToken, stores.secretFiles);
  // The settings make sure that there is one.
  const secretKey = started.secretKey ?? '';
  const vault = createVault(secretKey);
  const relay = await createRelay({ ...world, store: stores.cache, vault, replica, elapsed });
  const role = {
    adminToken: { value: adminToken.value(), isNew: adminToken.isNew },
    reload: async (next) => {
      if ((next.plane === null) === (live.current().plane === null)) await adminToken.reload(next.adminToken);
      return live.apply(next);
    },
  } satisfies Partial<FollowerRole>;

  if (options.purpose === 'command') {
    address.listensOn(await front.listen());
    const resume = (): Promise<void> => front.answerWith(answersOf(relay));
    await resume();
    const resign = (): Promise<void> => endRelay(relay, options);
    return { ...role, resume, resign, close: () => closeFollower({ ...world, front, end: resign }) };
  }

  const wired = await wireFollower({ ...options, secretKey, vault });
  address.listensOn(await front.listen());
  const local = new WeakSet<IncomingMessage>();
  let isStopping = false;
  const app = createFollowerServer({
    ...world,
    ...wired.routes(address.url()),
    relay,
    secretKey,
    adminToken: adminToken.value,
    isLocal: (request) => local.has(request),
    metricsToken: () => live.current().metricsToken,
    selfService: () => live.current().selfService,
    isStopping: () => isStopping,
    trustProxy: started.trustProxy,
  });
  const answer = app.callback();
  const underWay = createUnderWay();
  const answers: Answers = {
    answer: (request, response) => {
      underWay.begin(response);
      void answer(request, response);
    },
    answerLocal: (request, response) => {
      local.add(request);
      underWay.begin(response);
      void answer(request, response);
    },
  };
  const resume = (): Promise<void> => front.answerWith(answers);
  await resume();
  wired.start();

  const end = async (): Promise<void> => {
    await Promise.race([underWay.ended(), world.delay(ANSWER_MS)]);
    await wired.stop();
    await endRelay(relay, options);
  };
  return {
    ...role,
    lastDocuments: wired.lastDocuments,
    resume,
    resign: () => {
      wired.handOver();
      return end();
    },
    close: () => {
      isStopping = true;
      return closeFollower({ ...world, front, end });
    },
  };
}

/** For a command, which has only requests for the leader. */
function answersOf(relay: Relay): Answers {
  const answerLocal: Answers['answerLocal'] = (request, response) => void relay.answer(request, response, true, '');
  return { answer: answerLocal, answerLocal };
}

/** The requests that are not answered yet. */
function createUnderWay() {
  const responses = new Set<ServerResponse>();
  let ended = (): void => undefined;
  return {
    begin: (response: ServerResponse): void => {
      responses.add(response);
      response.once('close', () => {
        responses.delete(response);
        if (responses.size === 0) ended();
      });
    },
    /** Resolves when there are none; none may begin any more. */
    ended: (): Promise<void> =>
      responses.size === 0 ? Promise.resolve() : new Promise((resolve) => (ended = resolve)),
  };
}

async function endRelay(relay: Relay, { stores }: RoleOptions): Promise<void> {
  relay.close();
  await stores.close();
}

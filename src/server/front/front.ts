import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config } from '../../config/config.ts';
import { listen } from '../../http/listen.ts';
import { closeServer, type Closing } from './close-server.ts';
import { createControl } from './control.ts';
import type { World } from '../world.ts';

/** Where requests arrive: the port, and the socket in the data folder. Both stay open while what answers them changes. */

/** What answers requests. */
export interface Answers {
  readonly answer: RequestListener;
  /** Needs no token: access to the socket is access to the data folder. */
  readonly answerLocal: RequestListener;
}

/**
 * What it is started for. For one command it doesn't wait for a locked folder, listens on the socket only, and requests from Plane only what
 * the command needs.
 */
export type Purpose = 'serve' | 'command';

/** The open port and socket. */
export interface Front {
  /** Resolves to the port. The first call listens; `answerWith` has to follow at once, so that no request goes unanswered. */
  listen(): Promise<number>;
  /** From now on these answer. The first call opens the socket. */
  answerWith(answers: Answers): Promise<void>;
  /** What the operator should know: sentences. */
  warnings(): readonly string[];
  /** Accepts nothing any more, and resolves when the requests under way are answered. */
  close(closing: Closing): Promise<void>;
}

export function createFront(config: Config, world: World, purpose: Purpose): Front {
  const { host, port, trustProxy, dataDir } = config;
  const control = createControl(dataDir, purpose === 'serve' ? 'control.sock' : 'command.sock', world.log);
  let server: Server | null = null;
  let current: Answers | null = null;
  const answer: RequestListener = (request, response) => current?.answer(request, response);

  return {
    listen: async () => {
      if (purpose === 'command') return port;
      server ??= await listen({ host, port, behindProxies: trustProxy > 0 }, answer, world.limits);
      return (server.address() as AddressInfo).port;
    },
    answerWith: async (answers) => {
      const isFirst = current === null;
      current = answers;
      if (!isFirst) return;
      await control.open((request, response) => current?.answerLocal(request, response));
    },
    warnings: control.warnings,
    close: async (closing) => {
      await Promise.all([server && closeServer(server, closing), control.close(closing)]);
    },
  };
}

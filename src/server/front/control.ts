import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { errorMessage } from '../../domain/errors.ts';
import type { Log } from '../../lib/log.ts';
import { controlPath, type ControlName, type ControlPath } from '../../store/control-path.ts';
import { closeServer, type Closing } from './close-server.ts';

/** The socket in the data folder, by which commands reach the program. */
export interface Control {
  /** Listens; where there can be no socket it logs a warning. The caller has locked the folder, so an existing socket is stale. */
  open(answer: RequestListener): Promise<void>;
  /** What the operator should know: sentences. */
  warnings(): readonly string[];
  close(closing: Closing): Promise<void>;
}

const NO_CONTROL =
  "Commands such as plane-ics link can't reach this server, because it has no socket in DATA_DIR; its log says why.";

export function createControl(folder: string, name: ControlName, log: Log): Control {
  let opened: { readonly server: Server; readonly place: ControlPath } | null = null;
  let hasFailed = false;

  function fail(reason: string): void {
    hasFailed = true;
    log.warn({ reason }, "commands can't reach this server: it has no socket in DATA_DIR");
  }

  return {
    open: async (answer) => {
      const place = await controlPath(folder, name);
      if (!place) {
        fail('the path of DATA_DIR is too long for one');
        return;
      }
      try {
        opened = { server: await listenOnSocket(place.path, answer), place };
      } catch (error) {
        await place.release();
        fail(errorMessage(error));
      }
    },
    warnings: () => (hasFailed ? [NO_CONTROL] : []),
    close: async (closing) => {
      if (!opened) return;
      await closeServer(opened.server, closing);
      await opened.place.release();
    },
  };
}

/** Listens on a socket that only its owner can open, in place of a stale one. Closing removes it. It has no limits. */
async function listenOnSocket(path: string, answer: RequestListener): Promise<Server> {
  await rm(path, { force: true });
  const server = createServer(answer);
  server.listen({ path });
  await once(server, 'listening');
  await chmod(path, 0o600);
  return server;
}

import type { RequestListener } from 'node:http';
import { errorMessage } from '../domain/errors.ts';
import { closeServer, listenOnSocket, type Closing } from '../http/listen.ts';
import type { Log } from '../lib/log.ts';
import { controlPath, type ControlName } from '../store/control-path.ts';

/** What listens on the socket in the data folder, by which commands ask. */
export interface Control {
  close(closing: Closing): Promise<void>;
}

/** What health and page say then. */
export const NO_CONTROL =
  'Commands such as plane-ics link can not reach this server, because it has no socket in DATA_DIR; its log says why.';

/** null, with a warning, where there can be no socket. The caller holds the folder, so one that is there is nobody's. */
export async function openControl(
  folder: string,
  name: ControlName,
  log: Log,
  answer: RequestListener,
): Promise<Control | null> {
  const warn = (reason: string): null => {
    log.warn({ reason }, 'commands can not reach this server: it has no socket in DATA_DIR');
    return null;
  };
  const place = await controlPath(folder, name);
  if (!place) return warn('the path of DATA_DIR is too long for one');
  try {
    const server = await listenOnSocket(place.path, answer);
    return {
      close: async (closing) => {
        await closeServer(server, closing);
        await place.release();
      },
    };
  } catch (error) {
    await place.release();
    return warn(errorMessage(error));
  }
}

import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Scratch } from '../../support/scratch.ts';

/** Plane at an address of its own for each server, so that it is known which one asks. */
export interface PlaneGate {
  readonly url: string;
  /** When each request came, in milliseconds of the machine's clock. */
  readonly askedAt: readonly number[];
}

export async function startPlaneGate(planeUrl: string, scratch: Pick<Scratch, 'defer'>): Promise<PlaneGate> {
  const askedAt: number[] = [];
  const server = createServer((incoming, response) => {
    askedAt.push(Date.now());
    const { url = '', method, headers } = incoming;
    const onward = request(planeUrl + url, { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    onward.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  scratch.defer(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, askedAt };
}

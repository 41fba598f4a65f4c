import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createCalDavModel, type CalDavModel, type DavReply } from './caldav-model.ts';

/** A small CalDAV server with one user, on loopback. */
export interface CalDav extends CalDavModel {
  /** Of the server. */
  readonly url: string;
  close(): Promise<void>;
}

export async function aCalDav(): Promise<CalDav> {
  const model = createCalDavModel();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '' } = request;
      const received = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const);
      const body = Buffer.concat(chunks).toString();
      send(response, model.respond({ method, path, headers: Object.fromEntries(received), body }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(model, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  });
}

function send(response: ServerResponse, { status, headers, body, way }: DavReply): void {
  const bytes = Buffer.from(body);
  if (way === 'lost' || (way === 'cut' && bytes.length === 0)) response.destroy();
  else if (way === 'late') setTimeout(() => response.writeHead(status, headers).end(bytes), 5);
  else if (way === 'cut') {
    response.writeHead(status, { ...headers, 'content-length': String(bytes.length + 1) });
    response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
  } else response.writeHead(status, headers).end(bytes);
}

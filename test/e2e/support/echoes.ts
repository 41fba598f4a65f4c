import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Scratch } from '../../support/scratch.ts';

/** Servers that repeat what they receive, secrets too. */

async function serve(scratch: Scratch, port: number, answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  scratch.defer(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The address of a server that answers each request with all that came with it, in JSON or XML. */
export function anEcho(
  scratch: Scratch,
  status: () => number,
  type: 'application/json' | 'application/xml' = 'application/json',
): Promise<string> {
  return serve(scratch, 0, (incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { headers, url } = incoming;
      const basic = Buffer.from((headers.authorization ?? '').replace(/^Basic /, ''), 'base64').toString();
      const echo = `${String(headers['x-api-key'])} ${String(headers.authorization)} ${basic} ${Buffer.concat(chunks).toString()}`;
      response.writeHead(status(), {
        'content-type': type,
        location: `/elsewhere?echo=${encodeURIComponent(echo)}`,
        'www-authenticate': `Basic realm="${encodeURIComponent(echo)}"`,
      });
      response.end(
        type === 'application/xml'
          ? `<?xml version="1.0"?><error xmlns="DAV:"><x>${echo.replace(/[<&]/g, '')}</x></error>`
          : JSON.stringify({ error: echo, detail: echo, error_description: echo, url }),
      );
    });
  });
}

/** A Plane on that port that fails, and repeats the key. */
export async function anAngryPlane(scratch: Scratch, port: number, status: () => number): Promise<void> {
  await serve(scratch, port, (incoming, response) => {
    const key = String(incoming.headers['x-api-key']);
    response.writeHead(status(), {
      'content-type': status() === 200 ? `text/${key.replaceAll('/', '-')}; ${key}` : 'application/json',
      location: `/?key=${encodeURIComponent(key)}`,
    });
    response.end(
      JSON.stringify({ error: `The key ${key} is odd`, detail: `Cannot use ${key}, ${encodeURIComponent(key)}` }),
    );
  });
}

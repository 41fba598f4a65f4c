import { connect } from 'node:net';
import { request } from 'undici';

/** Someone who asks the program for whatever they like, and remembers all that is answered. */
export interface Visitor {
  /** The answers so far, heads and texts; a new link's address is left out, since it is shown once on purpose. */
  readonly answers: readonly string[];
  /** A request with the admin's token, unless with another one; none for ''. A body that is no text is sent as JSON. */
  ask(
    method: string,
    path: string,
    more?: { token?: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<{ status: number; text: string }>;
  /** Bytes on a connection of their own, until the program ends it. */
  raw(text: string): Promise<void>;
}

/** A visitor of the program at that address. */
export function aVisitor(address: string, adminToken: string): Visitor {
  const answers: string[] = [];
  return {
    answers,
    ask: async (method, path, { token = adminToken, body, headers = {} } = {}) => {
      const answer = await request(address + path, {
        method: method as 'GET',
        headers: {
          ...(token !== '' && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await answer.body.text();
      answers.push(`${method} ${path.slice(0, 12)} ${answer.statusCode} ${JSON.stringify(answer.headers)}`);
      if (!(answer.statusCode < 300 && text.includes('"url":"http') && /links(?:$|\/\w+\/rotate$)/.test(path)))
        answers.push(text);
      return { status: answer.statusCode, text };
    },
    raw: (text) =>
      new Promise((resolve) => {
        const socket = connect(Number(new URL(address).port), '127.0.0.1', () => socket.end(text));
        socket.on('data', (chunk: Buffer) => answers.push(chunk.toString()));
        socket.on('error', () => undefined);
        socket.on('close', () => {
          resolve();
        });
      }),
  };
}

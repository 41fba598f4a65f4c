import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Counts what passes between clients and a server on this machine. */
export interface ByteCounter {
  /** Where clients connect instead. */
  readonly port: number;
  /** Bytes so far, both ways. */
  total(): number;
  close(): Promise<void>;
}

export async function startByteCounter(to: number): Promise<ByteCounter> {
  let total = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const onward = connect(to, '127.0.0.1');
    for (const [from, other] of [
      [client, onward],
      [onward, client],
    ] as const) {
      open.add(from);
      from.setNoDelay();
      from.on('data', (chunk: Buffer) => (total += chunk.length));
      from.on('error', () => other.destroy());
      from.on('close', () => open.delete(from));
      from.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    total: () => total,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

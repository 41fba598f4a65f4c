import type { Config } from '../config/config.ts';

/** The base of every address we give out. */
export interface PublicAddress {
  /** Without a trailing slash. Throws before the port is known, which is a bug. */
  url(): string;
  port(): number;
  /** Sets the port, which PORT=0 leaves to the system. */
  listensOn(port: number): void;
}

export function createPublicAddress({ publicUrl }: Pick<Config, 'publicUrl'>): PublicAddress {
  let known: number | null = null;
  const port = (): number => {
    if (known === null) throw new Error('the port is not known yet');
    return known;
  };
  return {
    url: () => publicUrl ?? `http://localhost:${port()}`,
    port,
    listensOn: (listened) => {
      known = listened;
    },
  };
}

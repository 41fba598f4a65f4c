/** Runs so many tasks at a time; more wait their turn. */
export interface Slots {
  /** Returns what a task returns; null where `giveUp` resolved before its turn, and the task is not run. */
  use<T>(task: () => Promise<T>, giveUp: () => Promise<unknown>): Promise<T | null>;
}

export function createSlots(size: number): Slots {
  const queue: (() => void)[] = [];
  let free = size;

  function release(): void {
    const next = queue.shift();
    if (next) next();
    else free++;
  }

  /** Resolves to whether it is the task's turn. */
  async function turn(giveUp: () => Promise<unknown>): Promise<boolean> {
    if (free > 0) {
      free--;
      return true;
    }
    let mine = (): void => undefined;
    const isMine = new Promise<true>((resolve) => {
      mine = () => {
        resolve(true);
      };
      queue.push(mine);
    });
    const isGivenUp = giveUp().then((): boolean => {
      const at = queue.indexOf(mine);
      if (at >= 0) queue.splice(at, 1);
      // Otherwise its turn has come.
      return at < 0;
    });
    return Promise.race([isMine, isGivenUp]);
  }

  return {
    use: async (task, giveUp) => {
      if (!(await turn(giveUp))) return null;
      try {
        return await task();
      } finally {
        release();
      }
    },
  };
}

import type { Clock, Store, StoreChange } from '../../domain/ports.ts';
import type { Backup, Manifest } from './backup.ts';

/** Copies of objects, saved before a run changes many of them and before a purge. */

const BACKUPS = 'mirror-backups';
const PIECE = 'mirror-backup';
const KEEP_MS = 7 * 86_400_000;
/** Texts in one record. */
const PIECE_SIZE = 50;

/** Objects as they were at one moment. */
export interface SavedBackup {
  /** Milliseconds since the epoch. */
  readonly madeAt: number;
  /** How many. */
  readonly objects: number;
}

/** The saved copies of one mirror. Changes are on disk when they resolve. */
export interface SavedBackups {
  save(backup: Backup): Promise<void>;
  /** The newest first. */
  list(): Promise<readonly SavedBackup[]>;
  /** null where none was saved then. */
  read(madeAt: number): Promise<Backup | null>;
  /** Removes copies older than seven days. */
  prune(): Promise<void>;
  forget(): Promise<void>;
}

/** A part of a saved copy; the first one has the manifest, the others have texts. */
interface Piece {
  readonly manifest: Manifest | null;
  readonly files: readonly (readonly [string, string])[];
}

export function createSavedBackups(store: Store, mirrorId: string, now: Clock): SavedBackups {
  const list = async (): Promise<SavedBackup[]> =>
    ((await store.get(BACKUPS, mirrorId)) as SavedBackup[] | undefined) ?? [];
  const prefixOf = (madeAt: number): string => `${mirrorId}/${String(madeAt).padStart(15, '0')}/`;
  const index = (saved: readonly SavedBackup[]): StoreChange =>
    saved.length === 0 ? { kind: BACKUPS, id: mirrorId } : { kind: BACKUPS, id: mirrorId, value: saved };

  async function removals(saved: readonly SavedBackup[]): Promise<StoreChange[]> {
    const changes: StoreChange[] = [];
    for (const { madeAt } of saved)
      for (const [id] of await store.list(PIECE, prefixOf(madeAt))) changes.push({ kind: PIECE, id });
    return changes;
  }

  return {
    save: async ({ manifest, files }) => {
      const { madeAt } = manifest;
      const texts = [...files];
      const pieces: Piece[] = [{ manifest, files: [] }];
      for (let at = 0; at < texts.length; at += PIECE_SIZE)
        pieces.push({ manifest: null, files: texts.slice(at, at + PIECE_SIZE) });
      const others = (await list()).filter((one) => one.madeAt !== madeAt);
      await store.write([
        ...pieces.map((value, at) => ({ kind: PIECE, id: prefixOf(madeAt) + String(at).padStart(6, '0'), value })),
        index([{ madeAt, objects: manifest.resources.length }, ...others]),
      ]);
    },
    list,
    read: async (madeAt) => {
      const pieces = (await store.list(PIECE, prefixOf(madeAt))).map(([, value]) => value as Piece);
      const manifest = pieces.find((piece) => piece.manifest !== null)?.manifest ?? null;
      return manifest && { manifest, files: new Map(pieces.flatMap(({ files }) => files)) };
    },
    prune: async () => {
      const all = await list();
      const isOld = ({ madeAt }: SavedBackup): boolean => now() - madeAt > KEEP_MS;
      const old = all.filter(isOld);
      if (old.length > 0) await store.write([...(await removals(old)), index(all.filter((one) => !isOld(one)))]);
    },
    forget: async () => {
      await store.write([...(await removals(await list())), index([])]);
    },
  };
}

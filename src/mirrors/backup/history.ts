import type { Clock, Store, StoreChange } from '../../domain/ports.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import type { Applied, Trouble } from '../sync/apply.ts';
import type { Backup, Manifest } from './backup.ts';
import type { HeldBack } from '../sync/plan.ts';

/** What a mirror did, and what it kept of what it changed. */

const RUNS = 'mirror-runs';
const BACKUPS = 'mirror-backups';
const PIECE = 'mirror-backup';
const MAX_RUNS = 50;
const KEPT_MS = 7 * 86_400_000;
/** Texts in one record. */
const PIECE_SIZE = 50;

/** What came of the objects. */
export interface RunCounts extends Omit<Applied, 'troubles' | 'error'> {
  readonly unchanged: number;
  /** Not touched, for a reason. */
  readonly left: number;
  /** Of these, what the calendar lacks; missing in reports of 0.1. */
  readonly blocked?: number;
  readonly withheld: number;
}

/** One run. Instants are milliseconds since the epoch. */
export interface RunReport {
  /** Everything, or what news named. */
  readonly kind: 'full' | 'items';
  readonly startedAt: number;
  readonly endedAt: number;
  readonly counts: RunCounts;
  /** The first of them. */
  readonly troubles: readonly Trouble[];
  /** With the first of its deletions. */
  readonly withheld: HeldBack | null;
  /** `until`: when the server may be asked again, where it said so. */
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly until?: number } | null;
}

/** Objects as they were before a run changed many of them. */
export interface KeptBackup {
  readonly madeAt: number;
  readonly objects: number;
}

/** The past of one mirror. */
export interface History {
  /** The newest first. */
  runs(): Promise<readonly RunReport[]>;
  record(report: RunReport): Promise<void>;
  keep(backup: Backup): Promise<void>;
  /** The newest first. */
  backups(): Promise<readonly KeptBackup[]>;
  backup(madeAt: number): Promise<Backup | null>;
  /** Removes copies that have been kept long enough. */
  prune(): Promise<void>;
  forget(): Promise<void>;
}

/** A piece of a kept backup; the first holds the manifest. */
interface Piece {
  readonly manifest: Manifest | null;
  readonly files: readonly (readonly [string, string])[];
}

export function createHistory(store: Store, mirrorId: string, now: Clock): History {
  const runs = async (): Promise<RunReport[]> => ((await store.get(RUNS, mirrorId)) as RunReport[] | undefined) ?? [];
  const backups = async (): Promise<KeptBackup[]> =>
    ((await store.get(BACKUPS, mirrorId)) as KeptBackup[] | undefined) ?? [];
  const prefixOf = (madeAt: number): string => `${mirrorId}/${String(madeAt).padStart(15, '0')}/`;
  const index = (kept: readonly KeptBackup[]): StoreChange =>
    kept.length === 0 ? { kind: BACKUPS, id: mirrorId } : { kind: BACKUPS, id: mirrorId, value: kept };

  async function remove(gone: readonly KeptBackup[]): Promise<StoreChange[]> {
    const changes: StoreChange[] = [];
    for (const { madeAt } of gone)
      for (const [id] of await store.list(PIECE, prefixOf(madeAt))) changes.push({ kind: PIECE, id });
    return changes;
  }

  return {
    runs,
    record: async (report) => {
      await store.write([{ kind: RUNS, id: mirrorId, value: [report, ...(await runs())].slice(0, MAX_RUNS) }]);
    },
    keep: async ({ manifest, files }) => {
      const { madeAt } = manifest;
      const texts = [...files];
      const pieces: Piece[] = [{ manifest, files: [] }];
      for (let at = 0; at < texts.length; at += PIECE_SIZE)
        pieces.push({ manifest: null, files: texts.slice(at, at + PIECE_SIZE) });
      const others = (await backups()).filter((one) => one.madeAt !== madeAt);
      await store.write([
        ...pieces.map((value, at) => ({ kind: PIECE, id: prefixOf(madeAt) + String(at).padStart(6, '0'), value })),
        index([{ madeAt, objects: manifest.resources.length }, ...others]),
      ]);
    },
    backups,
    backup: async (madeAt) => {
      const pieces = (await store.list(PIECE, prefixOf(madeAt))).map(([, value]) => value as Piece);
      const manifest = pieces.find((piece) => piece.manifest !== null)?.manifest ?? null;
      return manifest && { manifest, files: new Map(pieces.flatMap(({ files }) => files)) };
    },
    prune: async () => {
      const all = await backups();
      const isOld = ({ madeAt }: KeptBackup): boolean => now() - madeAt > KEPT_MS;
      const old = all.filter(isOld);
      if (old.length > 0) await store.write([...(await remove(old)), index(all.filter((one) => !isOld(one)))]);
    },
    forget: async () => {
      const changes = await remove(await backups());
      await store.write([...changes, { kind: BACKUPS, id: mirrorId }, { kind: RUNS, id: mirrorId }]);
    },
  };
}

import type { DiskWay } from './disk.ts';
import type { Judge } from './judge.ts';
import type { LoadFigures } from './load.ts';
import type { SoakEnvironment } from './environment.ts';
import type { StormFigures } from './storm.ts';
import type { compare } from './truth.ts';

/** What a soak run is given, what it knows in the end, and what is made of that. */

export interface SoakOptions {
  readonly projects: number;
  readonly items: number;
  readonly subscribers: number;
  /** Requests a second. */
  readonly rate: number;
  /** Our own limit of requests to Plane a minute. */
  readonly budget: number;
  /** How long each fault lasts. */
  readonly faultSeconds: number;
  readonly cycles: number;
  readonly cycleSeconds: number;
  readonly stormSize: number;
  /** null: the best there is. */
  readonly disk: DiskWay | null;
  /** For the process that is measured. */
  readonly nodeArgs: readonly string[];
  readonly say: (line: string) => void;
}

/** Everything a run knows in the end. */
export interface Facts {
  readonly options: SoakOptions;
  readonly stage: SoakEnvironment;
  readonly judge: Judge;
  readonly load: LoadFigures;
  /** Requests to Plane. */
  readonly askedAt: readonly number[];
  readonly editCounts: ReadonlyMap<string, number>;
  /** How long silent edits took to be shown; null for one that was not. */
  readonly seen: { readonly after: string; readonly seconds: number | null; readonly limitSeconds: number }[];
  readonly storms: readonly StormFigures[];
  /** Bytes after each cycle, garbage collected. */
  readonly memory: { readonly rss: number; readonly heapUsed: number; readonly external: number }[];
  readonly ends: readonly string[];
  readonly truth: {
    /** Projects that Plane had not confirmed in time. */
    readonly unconfirmed: readonly string[];
    readonly isReconciled: boolean;
    readonly byProbes: Awaited<ReturnType<typeof compare>>;
    readonly byReconcile: Awaited<ReturnType<typeof compare>>;
  };
  /** Objects in the mirrored calendar. */
  readonly mirrored: number;
}

export interface Judgement {
  readonly what: string;
  readonly figure: string;
  readonly isMet: boolean;
  /** What went wrong, a few of it. */
  readonly examples: readonly string[];
}

export interface PhaseFigures {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Of an idle thread beside the server. */
  readonly idleP99: number;
  readonly load: number;
  readonly answerP50: number | null;
  readonly answerP99: number | null;
  readonly answerMax: number | null;
}

export interface Figures {
  readonly judgements: readonly Judgement[];
  readonly phases: readonly PhaseFigures[];
  readonly more: Readonly<Record<string, unknown>>;
}

import type { Clock, Delay } from '../domain/ports.ts';
import { errorMessage } from '../domain/errors.ts';
import type { Log } from '../lib/log.ts';
import { mirrorsFromSettings, type FromSettingsOptions } from './from-settings.ts';
import type { MirrorConfig } from './mirror.ts';
import type { SettingsTrouble } from './problems.ts';
import { backoffMs } from './scheduler.ts';

/** Makes mirrors of the settings MIRROR_*: as soon as Plane can resolve their names, and again for projects added later. */
export interface SettingsMirrors {
  /** Makes the mirrors that are missing. Never rejects; calls while one is under way share it. */
  expand(): Promise<void>;
  /** Whether the settings are resolved. */
  isDone(): boolean;
  /** Why they can't be resolved yet; null when they can. */
  trouble(): SettingsTrouble | null;
  /** Expands until it works, and with `perProject` at each check interval. */
  start(): void;
  /** Begins nothing more, and resolves when what is under way is over. */
  stop(): Promise<void>;
}

export interface SettingsMirrorsOptions extends Omit<FromSettingsOptions, 'settings'> {
  /** null where the settings ask for no mirror. */
  readonly settings: FromSettingsOptions['settings'] | null;
  /** Adds a mirror unless it is there. */
  readonly add: (config: Omit<MirrorConfig, 'paused'>) => Promise<void>;
  /** Runs it while no mirror is added, edited or removed. */
  readonly runExclusive: (task: () => Promise<void>) => Promise<void>;
  readonly now: Clock;
  readonly delay: Delay;
  readonly log: Log;
}

export function createSettingsMirrors(options: SettingsMirrorsOptions): SettingsMirrors {
  const { settings, add, runExclusive, now, delay, log } = options;
  let isDone = settings === null;
  let isStopped = false;
  let trouble: SettingsTrouble | null = null;
  let underWay: Promise<void> | null = null;

  async function resolve(): Promise<void> {
    if (settings === null) return;
    try {
      for (const config of await mirrorsFromSettings({ ...options, settings })) if (!isStopped) await add(config);
      isDone = true;
      trouble = null;
    } catch (error) {
      const reason = errorMessage(error);
      if (!trouble) log.warn({ reason }, 'mirror: the settings MIRROR_* cannot be applied yet');
      trouble = { reason, since: trouble?.since ?? now() };
    }
  }

  const expand = (): Promise<void> =>
    (underWay ??= runExclusive(resolve).finally(() => {
      underWay = null;
    }));

  async function keepExpanding(checkMs: number, repeats: boolean): Promise<void> {
    for (let failures = 0; !isStopped;) {
      await expand();
      failures = trouble === null ? 0 : failures + 1;
      if (failures === 0 && !repeats) return;
      await delay(failures === 0 ? checkMs : backoffMs(failures));
    }
  }

  return {
    expand,
    isDone: () => isDone,
    trouble: () => trouble,
    start: () => {
      if (settings) void keepExpanding(settings.checkSeconds * 1000, settings.perProject);
    },
    stop: async () => {
      isStopped = true;
      await underWay;
    },
  };
}

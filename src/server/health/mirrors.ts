import type { ConnectionState, MirrorHealth, MirrorsHealth } from '../../domain/health.ts';
import type { MirrorRegistry } from '../../mirrors/registry.ts';

/** How all mirrors are doing. */
export function mirrorsHealth(mirrors: Pick<MirrorRegistry, 'known' | 'trouble'>): MirrorsHealth {
  const list = mirrorList(mirrors);
  return { connection: list.length === 0 ? 'off' : connection(mirrors), mirrors: list, warnings: warnings(mirrors) };
}

function mirrorList(mirrors: Pick<MirrorRegistry, 'known' | 'trouble'>): MirrorHealth[] {
  const trouble = mirrors.trouble();
  const all = mirrors.known().map(({ config, status }): MirrorHealth => {
    const { state, lastRun } = status();
    return {
      name: config.name,
      state,
      lastRun: lastRun?.startedAt ?? null,
      lastError: lastRun?.error?.message ?? null,
    };
  });
  // While the settings can't be applied, the mirror that they define has no name yet.
  return trouble === null ? all : [...all, { name: 'MIRROR_URL', state: 'error', lastRun: null, lastError: trouble }];
}

/** By the last run of each mirror that is not paused. */
function connection(mirrors: Pick<MirrorRegistry, 'known'>): ConnectionState {
  const last = mirrors.known().flatMap(({ config, status }) => (config.paused ? [] : (status().lastRun ?? [])));
  if (last.some(({ error }) => error?.code.startsWith('caldav_'))) return 'error';
  return last.length === 0 ? 'unknown' : 'ok';
}

function warnings(mirrors: Pick<MirrorRegistry, 'known'>): string[] {
  const unverified = mirrors.known().filter(({ config }) => config.from === 'api' && !config.server.verify);
  return unverified.map(({ config }) => `The mirror "${config.name}" does not verify the certificate of its server.`);
}

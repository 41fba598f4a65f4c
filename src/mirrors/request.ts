import { randomBytes } from 'node:crypto';
import type { Login } from '../caldav/login.ts';
import { scopeKey } from '../views/view.ts';
import type { Clock } from '../domain/ports.ts';
import { AppError } from '../domain/errors.ts';
import type { ScopeNames } from '../feeds/resolver.ts';
import type { DefineFeed, FeedPatch } from '../feeds/definition.ts';
import type { DeletionGuard } from './sync/deletion-guard.ts';
import { defaultMirrorId } from './sync/object.ts';
import type { ConflictPolicy } from './sync/plan.ts';
import { anchorOf, type CalendarChoice, type MirrorConfig } from './mirror.ts';

/** Turns requests of the API into configurations of mirrors. */

const CHECK_SECONDS = 900;
const DELETION_GUARD: DeletionGuard = { count: 10, percent: 30 };

/** Changes of a mirror. Fields that are left out stay as they are, or get their defaults. */
export interface MirrorPatch extends FeedPatch {
  readonly login?: Login | undefined;
  readonly calendar?: CalendarChoice | undefined;
  readonly policy?: ConflictPolicy | undefined;
  readonly deletionGuard?: DeletionGuard | undefined;
  readonly checkSeconds?: number | undefined;
  readonly pastEvents?: boolean | undefined;
  readonly keepOthers?: boolean | undefined;
  readonly paused?: boolean | undefined;
}

/** A mirror to create. */
export interface NewMirror extends MirrorPatch {
  readonly name: string;
  readonly scope: ScopeNames;
  readonly login: Login;
  readonly calendar: CalendarChoice;
  readonly mirrorId?: string | undefined;
}

/** The configuration of a new mirror. Throws what `DefineFeed` throws. */
export async function createConfig(
  request: NewMirror,
  { defineFeed, workspace, now }: { readonly defineFeed: DefineFeed; readonly workspace: string; readonly now: Clock },
): Promise<MirrorConfig> {
  const { login, calendar, policy, deletionGuard, checkSeconds, pastEvents, keepOthers, paused, mirrorId, ...named } =
    request;
  const written = await defineFeed(named, null);
  return {
    ...written,
    ...login,
    id: randomBytes(6).toString('hex'),
    mirrorId: mirrorId ?? defaultMirrorId(workspace, scopeKey(written.scope)),
    calendar,
    policy: policy ?? 'plane',
    deletionGuard: deletionGuard ?? DELETION_GUARD,
    checkSeconds: checkSeconds ?? CHECK_SECONDS,
    pastEvents: pastEvents ?? false,
    keepOthers: keepOthers ?? true,
    paused: paused ?? false,
    createdAt: now(),
    from: 'api',
    anchor: anchorOf(calendar),
  };
}

/** The configuration with these changes. Throws `invalid` for a mirror of the settings, of which only `paused` may change, and what `DefineFeed` throws. */
export async function patchConfig(
  config: MirrorConfig,
  patch: MirrorPatch,
  defineFeed: DefineFeed,
): Promise<MirrorConfig> {
  const { policy = config.policy, deletionGuard = config.deletionGuard, checkSeconds = config.checkSeconds } = patch;
  const { pastEvents = config.pastEvents, keepOthers = config.keepOthers, paused = config.paused } = patch;
  const { name, scope, options, login, calendar = config.calendar } = patch;
  const named = { name, scope, options };
  if (config.from === 'settings') {
    const isMore = Object.entries(patch).some(([field, value]) => field !== 'paused' && value !== undefined);
    if (isMore) throw new AppError('invalid', 'This mirror comes from the settings MIRROR_*. Change it there.');
    return { ...config, paused };
  }
  const isNamed = Object.values(named).some((value) => value !== undefined);
  const written = isNamed ? await defineFeed(named, config) : {};
  return {
    ...config,
    ...written,
    ...login,
    calendar,
    anchor: anchorOf(calendar),
    policy,
    deletionGuard,
    checkSeconds,
    pastEvents,
    keepOthers,
    paused,
  };
}

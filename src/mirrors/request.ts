import { randomBytes } from 'node:crypto';
import { scopeKey } from '../views/view.ts';
import type { Clock } from '../domain/ports.ts';
import { AppError } from '../domain/errors.ts';
import type { ScopeNames } from '../feeds/resolver.ts';
import type { DefineFeed, FeedPatch } from '../feeds/definition.ts';
import type { DeletionGuard } from './sync/deletion-guard.ts';
import { defaultMirrorId } from './sync/object.ts';
import type { ConflictPolicy } from './sync/plan.ts';
import { anchorOf, type CalendarChoice, type Login, type MirrorConfig } from './mirror.ts';

/** From what people ask of a mirror to what is kept of it. */

const CHECK_SECONDS = 900;
const BRAKE: DeletionGuard = { count: 10, percent: 30 };

/** What somebody asks of a mirror; what is left out stays, or is as it is by default. */
export interface MirrorPatch extends FeedPatch {
  readonly login?: Login | undefined;
  readonly calendar?: CalendarChoice | undefined;
  readonly policy?: ConflictPolicy | undefined;
  readonly brake?: DeletionGuard | undefined;
  readonly checkSeconds?: number | undefined;
  readonly paused?: boolean | undefined;
}

/** A mirror that is new. */
export interface NewMirror extends MirrorPatch {
  readonly name: string;
  readonly scope: ScopeNames;
  readonly login: Login;
  readonly calendar: CalendarChoice;
  readonly mirrorId?: string | undefined;
}

/** Throws what `DefineFeed` throws. */
export async function createConfig(
  wish: NewMirror,
  { defineFeed, workspace, now }: { readonly defineFeed: DefineFeed; readonly workspace: string; readonly now: Clock },
): Promise<MirrorConfig> {
  const { login, calendar, policy, brake, checkSeconds, paused, mirrorId, ...named } = wish;
  const definition = await defineFeed(named, null);
  return {
    ...definition,
    ...login,
    id: randomBytes(6).toString('hex'),
    mirrorId: mirrorId ?? defaultMirrorId(workspace, scopeKey(definition.scope)),
    calendar,
    policy: policy ?? 'plane',
    brake: brake ?? BRAKE,
    checkSeconds: checkSeconds ?? CHECK_SECONDS,
    paused: paused ?? false,
    createdAt: now(),
    from: 'api',
    anchor: anchorOf(calendar),
  };
}

/** Throws `invalid` for a mirror of the settings, unless it is only paused or goes on; else what `DefineFeed` throws. */
export async function patchConfig(
  spec: MirrorConfig,
  wish: MirrorPatch,
  defineFeed: DefineFeed,
): Promise<MirrorConfig> {
  const { login, calendar, policy, brake, checkSeconds, paused, ...named } = wish;
  if (spec.from === 'settings') {
    const isMore = Object.entries(wish).some(([field, value]) => field !== 'paused' && value !== undefined);
    if (isMore) throw new AppError('invalid', 'This mirror comes from the settings MIRROR_*: change it there.');
    return { ...spec, paused: paused ?? spec.paused };
  }
  const isNamed = Object.values(named).some((value) => value !== undefined);
  return {
    ...spec,
    ...(isNamed && (await defineFeed(named, spec))),
    ...login,
    calendar: calendar ?? spec.calendar,
    anchor: anchorOf(calendar ?? spec.calendar),
    policy: policy ?? spec.policy,
    brake: brake ?? spec.brake,
    checkSeconds: checkSeconds ?? spec.checkSeconds,
    paused: paused ?? spec.paused,
  };
}

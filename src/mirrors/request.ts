import { randomBytes } from 'node:crypto';
import { scopeKey } from '../views/view.ts';
import type { Clock } from '../domain/ports.ts';
import { AppError } from '../domain/errors.ts';
import type { ScopeNames } from '../feeds/resolver.ts';
import type { LinkWish, Terms } from '../feeds/definition.ts';
import type { Brake } from './sync/deletion-guard.ts';
import { defaultMirrorId } from './sync/object.ts';
import type { ConflictPolicy } from './sync/plan.ts';
import { anchorOf, type CalendarWish, type Login, type Spec } from './mirror.ts';

/** From what people ask of a mirror to what is kept of it. */

const CHECK_SECONDS = 900;
const BRAKE: Brake = { count: 10, percent: 30 };

/** What somebody asks of a mirror; what is left out stays, or is as it is by default. */
export interface MirrorWish extends Omit<LinkWish, 'path'> {
  readonly login?: Login | undefined;
  readonly calendar?: CalendarWish | undefined;
  readonly policy?: ConflictPolicy | undefined;
  readonly brake?: Brake | undefined;
  readonly checkSeconds?: number | undefined;
  readonly paused?: boolean | undefined;
}

/** A mirror that is new. */
export interface NewMirror extends MirrorWish {
  readonly name: string;
  readonly scope: ScopeNames;
  readonly login: Login;
  readonly calendar: CalendarWish;
  readonly mirrorId?: string | undefined;
}

/** Throws what `Terms` throws. */
export async function newSpec(
  wish: NewMirror,
  { terms, workspace, now }: { readonly terms: Terms; readonly workspace: string; readonly now: Clock },
): Promise<Spec> {
  const { login, calendar, policy, brake, checkSeconds, paused, mirrorId, ...named } = wish;
  const { path: _path, ...written } = await terms.write(named, null);
  return {
    ...written,
    ...login,
    id: randomBytes(6).toString('hex'),
    mirrorId: mirrorId ?? defaultMirrorId(workspace, scopeKey(written.scope)),
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

/** Throws `invalid` for a mirror of the settings, unless it is only paused or goes on; else what `Terms` throws. */
export async function changedSpec(spec: Spec, wish: MirrorWish, terms: Terms): Promise<Spec> {
  const { login, calendar, policy, brake, checkSeconds, paused, ...named } = wish;
  if (spec.from === 'settings') {
    const isMore = Object.entries(wish).some(([field, value]) => field !== 'paused' && value !== undefined);
    if (isMore) throw new AppError('invalid', 'This mirror comes from the settings MIRROR_*: change it there.');
    return { ...spec, paused: paused ?? spec.paused };
  }
  const isNamed = Object.values(named).some((value) => value !== undefined);
  const { path: _path, ...written } = isNamed
    ? await terms.write(named, { ...spec, path: null })
    : { ...spec, path: null };
  return {
    ...spec,
    ...written,
    ...login,
    calendar: calendar ?? spec.calendar,
    anchor: anchorOf(calendar ?? spec.calendar),
    policy: policy ?? spec.policy,
    brake: brake ?? spec.brake,
    checkSeconds: checkSeconds ?? spec.checkSeconds,
    paused: paused ?? spec.paused,
  };
}

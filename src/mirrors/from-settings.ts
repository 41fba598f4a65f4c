import { scopeKey } from '../views/view.ts';
import type { ScopeNames } from '../feeds/resolver.ts';
import type { Source } from '../domain/ports.ts';
import type { DefineFeed } from '../feeds/definition.ts';
import type { DeletionGuard } from './sync/deletion-guard.ts';
import { defaultMirrorId } from './sync/object.ts';
import type { ConflictPolicy } from './sync/plan.ts';
import type { Login } from '../caldav/login.ts';
import type { MirrorConfig } from './mirror.ts';

/** Turns the settings MIRROR_* into mirrors. */

/** The settings MIRROR_*. */
export interface MirrorSettings {
  readonly login: Login;
  /** The name of the calendar; null where the address is that of a calendar. */
  readonly calendar: string | null;
  /** One calendar for each project, named after it. */
  readonly perProject: boolean;
  readonly feed: ScopeNames;
  readonly options: Readonly<Record<string, string>>;
  /** null derives it from workspace and scope. */
  readonly mirrorId: string | null;
  readonly checkSeconds: number;
  readonly deletionGuard: DeletionGuard;
  readonly policy: ConflictPolicy;
}

export interface FromSettingsOptions {
  readonly settings: MirrorSettings;
  readonly workspace: string;
  readonly defineFeed: DefineFeed;
  readonly source: Source;
}

/** The mirrors of the settings. Resolves names through Plane; throws what `DefineFeed` throws. */
export async function mirrorsFromSettings(
  options: FromSettingsOptions,
): Promise<readonly Omit<MirrorConfig, 'paused'>[]> {
  const { settings, workspace, defineFeed, source } = options;
  const { login, calendar, perProject, feed, mirrorId, checkSeconds, deletionGuard, policy } = settings;
  const common = {
    ...login,
    policy,
    deletionGuard,
    checkSeconds,
    pastEvents: false,
    keepOthers: true,
    createdAt: 0,
    from: 'settings',
    anchor: perProject ? '' : (calendar ?? ''),
  } as const;
  const write = async (name: string, scope: ScopeNames) => {
    const written = await defineFeed({ name, scope, options: settings.options }, null);
    return { ...written, key: scopeKey(written.scope) };
  };
  if (!perProject) {
    const { key, ...written } = await write(calendar ?? 'Mirror', feed);
    const id = mirrorId ?? defaultMirrorId(workspace, key);
    return [{ ...common, ...written, id: 'settings', mirrorId: id, calendar: { url: null, name: calendar } }];
  }
  const { scope } = await defineFeed({ name: '', scope: feed }, null);
  const projects = await source.projects();
  const chosen = projects.filter(({ id, archived }) =>
    scope.kind === 'projects' ? scope.projectIds.includes(id) : !archived,
  );
  return Promise.all(
    chosen.map(async (project) => {
      const { key, ...written } = await write(project.name, { projects: [project.id] });
      const id = defaultMirrorId(mirrorId ?? workspace, key);
      return {
        ...common,
        ...written,
        id: `settings-${id}`,
        mirrorId: id,
        calendar: { url: null, name: project.name },
      };
    }),
  );
}

import type { z } from 'zod';
import { mirrorRows } from './settings/mirror.ts';
import { planeRows } from './settings/plane.ts';
import type { SettingRow, SettingRows } from './settings/row.ts';
import { feedRows, serverRows, storageRows } from './settings/server.ts';
import { sourceRows } from './settings/source.ts';

/**
 * The one table of settings. Parsing, `<NAME>_FILE`, what SIGHUP reloads, `.env.example` and docs/settings.md derive from it
 * (`npm run docs:settings` writes the files).
 */

/** The table in groups, as the documentation shows it. */
export const SETTING_GROUPS: readonly { readonly title: string; readonly rows: SettingRows }[] = [
  { title: 'Plane', rows: planeRows },
  { title: 'Feeds', rows: feedRows },
  { title: 'Server', rows: serverRows },
  { title: 'Storage, refresh and log', rows: storageRows },
  { title: 'Sources', rows: sourceRows },
  { title: 'Mirror', rows: mirrorRows },
];

const TABLE = { ...planeRows, ...feedRows, ...serverRows, ...storageRows, ...sourceRows, ...mirrorRows };
type Table = typeof TABLE;

/** The name of a setting. */
export type SettingName = keyof Table;

/** Every setting by name. */
export const SETTINGS: Readonly<Record<SettingName, SettingRow>> = TABLE;

/** The names of all settings, in the order of the documentation. */
export const SETTING_NAMES = Object.keys(TABLE) as readonly SettingName[];

/** Settings that can be read from a file that `<NAME>_FILE` names. */
export const SECRET_NAMES: readonly SettingName[] = SETTING_NAMES.filter((name) => SETTINGS[name].secret);

/** The parsed settings; undefined for one that is not set and has no default. */
export type Settings = {
  readonly [Name in SettingName]:
    z.infer<Table[Name]['schema']> | (Table[Name] extends { readonly default: string } ? never : undefined);
};

/** Parses texts by name; those without a text get their default. A problem is a sentence without its subject, the setting's name. */
export function parseSettings(texts: Readonly<Record<string, string>>): {
  /** Complete only where there are no problems. */
  readonly settings: Settings;
  readonly problems: readonly { readonly name: SettingName; readonly message: string }[];
} {
  const parsed = SETTING_NAMES.map((name) => {
    const { schema, default: fallback } = SETTINGS[name];
    return [name, schema.optional().safeParse(texts[name] ?? fallback)] as const;
  });
  return {
    settings: Object.fromEntries(parsed.map(([name, { data }]) => [name, data])) as unknown as Settings,
    problems: parsed.flatMap(([name, { error }]) =>
      (error?.issues ?? []).map(({ message }) => ({ name, message: `${message}.` })),
    ),
  };
}

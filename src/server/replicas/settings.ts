import { createHmac, hkdfSync } from 'node:crypto';
import type { Config } from '../../config/config.ts';
import type { Setting } from '../../domain/ports.ts';
import { SETTING_NAMES, type SettingName } from '../../config/settings.ts';
import { settingOf } from '../reload.ts';

/** Settings that servers compare without showing them: as digests that only who has SECRET_KEY can make. */

/** Each server may have its own. */
const OWN: readonly SettingName[] = [
  'HOST',
  'PORT',
  'DATA_DIR',
  'DATABASE_URL',
  'CACHE_MAX_BYTES',
  'LOG_LEVEL',
  'LOG_FORMAT',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'NO_PROXY',
];
const COMPARED = SETTING_NAMES.filter((name) => !OWN.includes(name));
const DIGEST_LENGTH = 12;

/** A digest of each setting that all servers should share. */
export type SettingDigests = Readonly<Partial<Record<SettingName, string>>>;

/** The digests of the settings as they are now: made once for each configuration. */
export function createSettingDigests(current: Setting<Config>, secretKey: string): Setting<SettingDigests> {
  let config = current();
  let digests = digestsOf(config, secretKey);
  return () => {
    if (current() !== config) digests = digestsOf((config = current()), secretKey);
    return digests;
  };
}

/** The digests of these settings. */
export function digestsOf(config: Config, secretKey: string): SettingDigests {
  const key = Buffer.from(hkdfSync('sha256', secretKey, '', 'plane-ics settings', 32));
  const digest = (name: SettingName): string => {
    const text = name === 'SECRET_KEY' ? '' : JSON.stringify(settingOf(name, config) ?? null);
    return createHmac('sha256', key).update(`${name} ${text}`).digest('base64url').slice(0, DIGEST_LENGTH);
  };
  return Object.fromEntries(COMPARED.map((name) => [name, digest(name)]));
}

/** Names of the settings that differ. With another SECRET_KEY nothing else can be compared. */
export function differingSettings(own: SettingDigests, other: SettingDigests): readonly SettingName[] {
  if (own.SECRET_KEY !== other.SECRET_KEY) return ['SECRET_KEY'];
  // A server of another release may not know all of them.
  return COMPARED.filter((name) => other[name] !== undefined && other[name] !== own[name]);
}

import type { SecretFiles } from '../store/files/secret-file.ts';

/** The admin token: that of the settings, else the one stored in the data folder. */
export interface OpenAdminToken {
  value(): string;
  /** Replaces the stored token and returns the new one; null while a setting defines it. */
  readonly renew: (() => Promise<string>) | null;
  /** Whether it was generated just now. */
  readonly isNew: boolean;
  /** Applies ADMIN_TOKEN after a reload; null when it is not set. */
  reload(setting: string | null): Promise<void>;
}

/** Opens the token of the page and the API, which is generated where there is none yet. */
export async function openAdminToken(setting: string | null, files: SecretFiles): Promise<OpenAdminToken> {
  let isSet = setting !== null;
  const first = setting === null ? await files.open('admin-token') : { value: setting, isNew: false };
  let current = first.value;
  const renew = async (): Promise<string> => (current = await files.renew('admin-token'));
  return {
    value: () => current,
    get renew() {
      return isSet ? null : renew;
    },
    isNew: first.isNew,
    reload: async (next) => {
      if (next === null && !isSet) return;
      current = next ?? (await files.open('admin-token')).value;
      isSet = next !== null;
    },
  };
}

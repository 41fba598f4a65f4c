import type { AdminToken } from '../http/api/admin-routes.ts';
import type { SecretFiles } from '../store/secret-file.ts';

/** The admin token as the settings have it now, else as it is kept in the data folder. */
export interface OpenAdminToken extends AdminToken {
  /** True when it was made just now. */
  readonly isNew: boolean;
  /** Takes over what ADMIN_TOKEN says after a reload; null for nothing. */
  reload(setting: string | null): Promise<void>;
}

/** The token of the page and the API: kept in the data folder, unless a setting holds it. */
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

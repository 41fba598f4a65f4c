import type { Config } from './config.ts';
import type { AdminToken } from './http/admin-routes.ts';
import { renewSecret, secretFile } from './store/secret-file.ts';

/** The token of the page and the API: kept in the data folder, unless a setting holds it. */
export async function openAdminToken({
  adminToken,
  dataDir,
}: Config): Promise<AdminToken & { readonly isNew: boolean }> {
  if (adminToken !== null) return { value: () => adminToken, renew: null, isNew: false };
  const { value, isNew } = await secretFile(dataDir, 'admin-token');
  let current = value;
  return {
    value: () => current,
    renew: async () => (current = await renewSecret(dataDir, 'admin-token')),
    isNew,
  };
}

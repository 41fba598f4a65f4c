import type { Access } from '../../../domain/feed.ts';
import type { Log } from '../../../lib/log.ts';

/** Who changed what: ids alone, never names, addresses or keys. */
export type Audit = (
  action: string,
  by: Access | null,
  ids?: { readonly link?: string; readonly member?: string },
) => void;

export function createAudit(log: Log): Audit {
  return (action, by, ids = {}) => {
    log.info({ action, by: by?.memberId ?? 'admin', ...ids }, 'audit');
  };
}

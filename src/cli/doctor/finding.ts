import { faultCode } from '../../store/storage-error.ts';

/** The result of a check, and the fix. */
export interface Finding {
  readonly level: 'ok' | 'warn' | 'FAIL';
  readonly what: string;
  readonly detail: string;
  readonly fix?: string;
}

/** It works. */
export const ok = (what: string, detail: string): Finding => ({ level: 'ok', what, detail });

/** It works with a limitation, or could not be checked. */
export const warn = (what: string, detail: string, fix: string): Finding => ({ level: 'warn', what, detail, fix });

/** It does not work. The fix is left out where the detail ends with one, and is not said twice. */
export const fail = (what: string, detail: string, fix?: string): Finding => ({
  level: 'FAIL',
  what,
  detail: fix === undefined ? detail : detail.replace(` ${fix}`, ''),
  ...(fix !== undefined && { fix }),
});

/** Whether a TLS connection failed for its certificate. */
export function isCertificateFault(error: unknown): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|ALTNAME/.test(faultCode(error) ?? '');
}

/** Timeout of each request. */
export const REQUEST_TIMEOUT_MS = 15_000;

import { faultCode } from '../../store/storage-error.ts';

/** What a check found, and how to mend it. */
export interface Finding {
  readonly level: 'ok' | 'warn' | 'FAIL';
  readonly what: string;
  readonly detail: string;
  readonly fix?: string;
}

/** As it should be. */
export const ok = (what: string, detail: string): Finding => ({ level: 'ok', what, detail });

/** It works, but not as well as it might, or it could not be told. */
export const warn = (what: string, detail: string, fix: string): Finding => ({ level: 'warn', what, detail, fix });

/** It does not work. */
export const fail = (what: string, detail: string, fix: string): Finding => ({ level: 'FAIL', what, detail, fix });

/** Whether a TLS connection failed for its certificate. */
export function isCertificateFault(error: unknown): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|ALTNAME/.test(faultCode(error) ?? '');
}

/** A request that is not answered by then is given up. */
export const PATIENCE_MS = 15_000;

import { AppError, errorReason } from '../../domain/errors.ts';
import { shown } from './href.ts';

/** The errors of requests without an answer that can be used. */

const TLS_ERROR =
  /^(?:CERT_|CRL_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|ERROR_IN_CERT|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|EPROTO$)/;
/** What OpenSSL calls an answer that is not TLS. */
const NO_TLS = 'ERR_SSL_WRONG_VERSION_NUMBER';

/** There is no answer: caldav_invalid_response where another certificate or protocol would help, else caldav_unavailable. */
export function unreachable(url: URL, cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const code = (cause as { code?: unknown }).code;
  const reason = errorReason(cause) || (typeof code === 'string' ? code : 'no reason given');
  if (code === NO_TLS)
    return invalidAnswer(
      url,
      "it doesn't speak https on this port. Correct the port, or begin the address with http://",
      cause,
    );
  if (typeof code === 'string' && TLS_ERROR.test(code)) {
    return invalidAnswer(
      url,
      `its TLS certificate or connection can't be trusted (${code}). Set the certificate of its authority (CA), or use the name in its certificate`,
      cause,
    );
  }
  return new AppError('caldav_unavailable', `${url.origin} can't be reached (${reason}).`, { cause });
}

/** The answer began, and did not come to its end. */
export function brokenOff(url: URL, cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  return new AppError(
    'caldav_unavailable',
    `The answer of ${url.origin} breaks off before its end (${errorReason(cause)}).`,
    {
      cause,
    },
  );
}

/** The answer has more bytes than that, compressed or not. */
export function tooLarge(url: URL, maxBytes: number): AppError {
  return invalidAnswer(url, `the answer is larger than ${maxBytes} bytes`);
}

/** The answer can't be used; `reason` continues its address. */
export function invalidAnswer(url: URL, reason: string, cause?: unknown): AppError {
  return new AppError('caldav_invalid_response', `${shown(url)}: ${reason}.`, { cause });
}

import type { Config } from '../../config/config.ts';
import type { Log } from '../../lib/log.ts';

/** Sentences about settings that are valid, but insecure or probably a mistake. */
export function configWarnings(config: Config, publicUrl: string): string[] {
  const { host, publicUrl: given, feedAccess, plane, mirror, warnings } = config;
  const isLoopback = ['127.0.0.1', '::1', 'localhost'].includes(host);
  const isPublic = given !== null && !/^(?:localhost|127\.|\[::1\])/.test(new URL(publicUrl).host);
  return [
    ...warnings,
    ...(given === null && !isLoopback
      ? ['PUBLIC_URL is not set, so the addresses shown here work on this machine only.']
      : []),
    ...(feedAccess === 'open' && isPublic && plane !== null
      ? ['FEED_ACCESS is open: everyone who can reach this server can read every published project.']
      : []),
    ...(mirror?.login.server.verify === false
      ? ['MIRROR_TLS_VERIFY is false: anyone between this server and the CalDAV server can read the password.']
      : []),
  ];
}

/** Returns a function that logs the warnings that are new since its last call. */
export function createWarningLog(warnings: () => readonly string[], log: Log): () => void {
  let logged: readonly string[] = [];
  return () => {
    const before = logged;
    logged = warnings();
    for (const warning of logged) if (!before.includes(warning)) log.warn({}, warning);
  };
}

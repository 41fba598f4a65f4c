import { testConnection } from '../../../caldav/discovery.ts';
import { isSameName } from '../../../caldav/transport/foreign-name.ts';
import { AppError } from '../../../domain/errors.ts';
import { withLogin } from '../request.ts';
import { sourceLogin, type SourceConfig } from '../source.ts';
import type { ReaderTools } from '../tools.ts';
import { openAccount } from './caldav-reader.ts';

/**
 * The source with the address of its calendar, where that of its server was given; `calendar` is the name or address of one. Throws `invalid`
 * where it is not clear which calendar is meant, and what keeps the server from being asked.
 */
export async function locateCalendar(
  config: SourceConfig,
  calendar: string | undefined,
  tools: ReaderTools,
): Promise<SourceConfig> {
  const account = openAccount(config, tools);
  try {
    const { error, calendars } = await testConnection(account);
    if (error) throw error;
    const named = calendars.filter(
      ({ url, displayName }) => calendar === undefined || url === calendar || isSameName(displayName, calendar),
    );
    const [found, ...others] = named;
    if (found === undefined || others.length > 0) throw unclear(calendar, named.length, calendars);
    const login = sourceLogin(config);
    return { ...config, ...withLogin('caldav', { ...login, server: { ...login.server, url: found.url } }) };
  } finally {
    await account.close();
  }
}

function unclear(
  calendar: string | undefined,
  matches: number,
  all: readonly { readonly displayName: string }[],
): AppError {
  const names = all.map(({ displayName }) => `"${displayName}"`).join(', ') || 'none';
  const what =
    calendar === undefined
      ? 'The address is that of a server: name one of its calendars as "calendar".'
      : `The server has ${matches === 0 ? 'no calendar' : `${matches} calendars`} called "${calendar}"${matches > 1 ? ': give the address of one' : ''}.`;
  return new AppError('invalid', `${what} It has: ${names}.`);
}

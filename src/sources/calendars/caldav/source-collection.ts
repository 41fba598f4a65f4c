import { openCollection } from '../../../caldav/collection.ts';
import type { Collection } from '../../../domain/collection.ts';
import type { SourceConfig } from '../source.ts';
import type { ReaderTools } from '../tools.ts';
import { openAccount } from './caldav-reader.ts';

/** Runs a task with the CalDAV calendar of a source, over a connection of its own. Throws what the calendar throws. */
export async function withSourceCollection<T>(
  config: SourceConfig,
  tools: ReaderTools,
  task: (collection: Collection) => Promise<T>,
): Promise<T> {
  const account = openAccount(config, tools);
  try {
    return await task(await openCollection(account, account.url.href));
  } finally {
    await account.close();
  }
}

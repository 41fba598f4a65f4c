import { createCaldavReader } from './caldav/caldav-reader.ts';
import { createIcsReader } from './ics-reader.ts';
import type { SourceConfig } from './source.ts';
import type { ReaderTools, SourceReader } from './tools.ts';

/** The reader of a source. Throws for a login that can't work. Sends nothing. */
export function createReader(config: SourceConfig, tools: ReaderTools): SourceReader {
  return config.kind === 'ics' ? createIcsReader(config, tools) : createCaldavReader(config, tools);
}

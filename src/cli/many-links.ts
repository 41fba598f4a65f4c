import { csv } from '../lib/csv.ts';
import { withApi } from './connect.ts';
import { CommandError, readGivenFile, type Io } from './io.ts';

/** `link add --many`: a link for each person of a list. */

interface CreatedLink {
  readonly for: string | null;
  readonly name: string;
  readonly subscribe_url: string;
  readonly url: string;
}

/** Creates the same link for each line of a file ("-" for the standard input), all or none. Prints CSV, or with `json` the answer. */
export async function addManyLinks(io: Io, file: string, link: object, json: boolean): Promise<void> {
  const people = readPeople(io, file);
  if (people.length === 0) throw new CommandError('The list is empty. Write one person on each line.');
  await withApi(io, async (api) => {
    const request = { links: people.map((person) => ({ ...link, for: person })) };
    const answer = (await api.json('POST', '/api/v1/links', request)) as { links: readonly CreatedLink[] };
    io.out(json ? `${JSON.stringify(answer, null, 2)}\n` : csvOf(answer.links));
  });
}

function csvOf(links: readonly CreatedLink[]): string {
  const rows = links.map((one) => [one.for ?? '', one.name, one.subscribe_url, one.url]);
  return csv([['for', 'name', 'subscribe_url', 'url'], ...rows]);
}

/** The lines that are not blank, trimmed. */
function readPeople(io: Io, file: string): string[] {
  const lines = readGivenFile(io, file).replace(/^\uFEFF/, '');
  return lines
    .split(/\r\n|[\r\n]/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

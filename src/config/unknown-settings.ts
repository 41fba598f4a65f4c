import { truncate } from '../lib/truncate.ts';
import { SECRET_NAMES, SETTING_NAMES } from './settings.ts';
import type { Environment } from './texts.ts';

/** Names in the environment that are probably misspelled settings. */

const OURS = /^(?:PLANE|MIRROR|FEED|SOURCE)_/;
/** What Kubernetes and Docker links set for a service that is called "plane", what build systems set, and our own examples and tests. */
const OTHERS =
  /^PLANE_ICS(?:_|$)|_SERVICE_(?:HOST|PORT)(?:_|$)|_PORT_\d+_(?:TCP|UDP)(?:_|$)|^SOURCE_(?:DATE_EPOCH|COMMIT|BRANCH|VERSION)$/;
const SERVICE_PORT = /^(?:tcp|udp):\/\//;
/** The share of a name's letters that may differ from the setting that is suggested. */
const MAX_DIFFERENCE = 0.4;

/** Sentences for variables that begin like a setting but are none, each with the nearest known name. Values are never part of them. */
export function unknownSettings(environment: Environment): string[] {
  const known = new Set<string>([...SETTING_NAMES, ...SECRET_NAMES.map((name) => `${name}_FILE`)]);
  const unknown = Object.keys(environment).filter((name) => {
    const value = environment[name]?.trim() ?? '';
    return OURS.test(name) && !known.has(name) && value !== '' && !OTHERS.test(name) && !isServicePort(name, value);
  });
  return unknown.sort().map((name) => {
    const nearest = nearestOf(name, [...known]);
    const hint = nearest === null ? 'Its name may be misspelled.' : `Did you mean ${nearest}?`;
    return `${truncate(name, 60)} is set, but there is no such setting. ${hint}`;
  });
}

function isServicePort(name: string, value: string): boolean {
  return name.endsWith('_PORT') && SERVICE_PORT.test(value);
}

/** null when none is similar. */
function nearestOf(name: string, known: readonly string[]): string | null {
  const short = name.slice(0, 100);
  const [nearest] = known
    .map((other) => ({ other, distance: editDistance(short, other) }))
    .sort((a, b) => a.distance - b.distance);
  return nearest && nearest.distance <= short.length * MAX_DIFFERENCE ? nearest.other : null;
}

/** How many letters have to be inserted, deleted or replaced to get from one text to the other (Levenshtein distance). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let at = 0; at < from.length; at++) {
    const next = [at + 1];
    for (let column = 0; column < to.length; column++) {
      const replaced = (row[column] ?? 0) + Number(from.charAt(at) !== to.charAt(column));
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

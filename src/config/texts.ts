import { SETTING_NAMES, SETTINGS, type SettingName } from './settings.ts';

/** Text by name; an empty text counts as not set. */
export type Environment = Readonly<Record<string, string | undefined>>;
/** Returns the text of a file. Throws when it can't be read. */
export type ReadFile = (path: string) => string;

/** The settings as texts, from the environment and from the files that it names. */
export interface Texts {
  readonly values: Readonly<Partial<Record<SettingName, string>>>;
  /** The settings that are set, also those whose file can't be read. */
  readonly given: ReadonlySet<SettingName>;
  /** Why files can't be read: sentences, never with a secret. */
  readonly problems: readonly string[];
  /** How to name a setting to the operator, who may have used lower case. */
  labelOf(name: SettingName): string;
}

/** What was found for one setting. */
interface Found {
  readonly text?: string;
  readonly problem?: string;
}

/** Collects the texts of all settings. */
export function readTexts(environment: Environment, readFile: ReadFile): Texts {
  const found = SETTING_NAMES.map((name) => [name, findText(name, environment, readFile)] as const);
  const isLowerCase = (name: SettingName): boolean =>
    SETTINGS[name].eitherCase === true && textOf(environment, name.toLowerCase()) !== undefined;
  return {
    values: Object.fromEntries(found.flatMap(([name, one]) => (one?.text === undefined ? [] : [[name, one.text]]))),
    given: new Set(found.flatMap(([name, one]) => (one === null ? [] : [name]))),
    problems: found.flatMap(([, one]) => one?.problem ?? []),
    labelOf: (name) => (isLowerCase(name) ? `${name} (set as ${name.toLowerCase()})` : name),
  };
}

/** null for a setting that is not set. */
function findText(name: SettingName, environment: Environment, readFile: ReadFile): Found | null {
  const { secret, file, eitherCase } = SETTINGS[name];
  const text = (eitherCase && textOf(environment, name.toLowerCase())) ?? textOf(environment, name);
  const path = secret && textOf(environment, `${name}_FILE`);
  if (path !== undefined) return { ...(text !== undefined && { text }), ...readSecret(name, text, path, readFile) };
  if (text === undefined) return null;
  return file ? readContent(name, text, readFile) : { text };
}

/** Its path is not shown: it may be the secret itself, set under the wrong name. */
function readSecret(name: SettingName, text: string | undefined, path: string, readFile: ReadFile): Found {
  if (text !== undefined) return { problem: `${name} and ${name}_FILE are both set: keep one of them.` };
  const secret = tryRead(path, readFile)?.trim();
  if (secret === undefined)
    return { problem: `${name}_FILE names a file that can't be read: check the path and its permissions.` };
  if (secret === '') return { problem: `${name}_FILE names an empty file: write the secret into it.` };
  return { text: secret };
}

function readContent(name: SettingName, path: string, readFile: ReadFile): Found {
  const text = tryRead(path, readFile);
  if (text !== undefined) return { text };
  return { problem: `${name} names ${path}, which can't be read: check the path and its permissions.` };
}

function tryRead(path: string, readFile: ReadFile): string | undefined {
  try {
    return readFile(path);
  } catch {
    return undefined;
  }
}

/** undefined when there is only white space. */
function textOf(environment: Environment, name: string): string | undefined {
  const text = environment[name]?.trim();
  return text === '' ? undefined : text;
}

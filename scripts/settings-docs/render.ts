import { SECRET_NAMES, SETTING_GROUPS } from '../../src/config/settings.ts';
import type { SettingRow } from '../../src/config/settings/row.ts';

/** The files that are generated from the table of settings. */

/** Set in `.env.example`; everything else is commented out. */
const REQUIRED = ['PLANE_URL', 'PLANE_API_KEY', 'PLANE_WORKSPACE'];

/** The text of docs/settings.md. */
export function settingsPage(): string {
  const sections = SETTING_GROUPS.map(({ title, rows }) => {
    const lines = Object.entries(rows).map(
      ([name, row]) => `| \`${name}\` | ${defaultOf(row)} | ${row.doc} | ${row.reloadable ? 'yes' : ''} |`,
    );
    return [`## ${title}`, '', '| Name | Default | Meaning | Reload |', '| --- | --- | --- | --- |', ...lines].join(
      '\n',
    );
  });
  return `# Settings

<!-- Generated from src/config/settings.ts by \`npm run docs:settings\`. -->

Settings are environment variables, or lines of a file \`.env\` in the working directory; \`DOTENV_CONFIG_PATH\` names another file. A variable overrides
the file. An empty value counts as not set. All problems are reported together, before the server starts listening; an unknown name that begins
with \`PLANE_\`, \`MIRROR_\`, \`FEED_\` or \`SOURCE_\` is a warning in the log and on the page. Other misspelled names are ignored.

\`SIGHUP\` reads the settings again. Those marked *Reload* take effect [at once](operations.md#changing-settings), the others after a restart.

Secrets can be read from files, as Docker and systemd pass them: ${list(SECRET_NAMES.map((name) => `\`${name}_FILE\``))} name such files.

${sections.join('\n\n')}
`;
}

/** The text of `.env.example`. */
export function envExample(): string {
  const groups = SETTING_GROUPS.map(({ title, rows }) => {
    const lines = Object.entries(rows).map(([name, row]) => {
      const mark = REQUIRED.includes(name) ? '' : '# ';
      return `${mark}${name}=${row.example ?? row.default ?? ''}`;
    });
    return [`# ${title}`, ...lines].join('\n');
  });
  return `# Copy to .env and fill in. docs/settings.md explains each setting. Remove the first three for the demo.
# Secrets can also be read from files: PLANE_API_KEY_FILE=/run/secrets/plane_api_key

${groups.join('\n\n')}
`;
}

function defaultOf(row: SettingRow): string {
  return row.defaultDoc ?? (row.default === undefined ? '–' : `\`${row.default}\``);
}

function list(texts: readonly string[]): string {
  return `${texts.slice(0, -1).join(', ')} and ${texts.at(-1) ?? ''}`;
}

import type { z } from 'zod';

/** One setting, in the table that parsing, reloads, `.env.example` and docs/settings.md derive from. */
export interface SettingRow {
  /** Parses the text; its message continues the setting's name. */
  readonly schema: z.ZodType<unknown, string>;
  /** What it does: Markdown, as docs/settings.md shows it. */
  readonly doc: string;
  /** The text that counts when it is not set. */
  readonly default?: string;
  /** The default in words, where it is no fixed text. */
  readonly defaultDoc?: string;
  /** A value for `.env.example`, where the default doesn't show what one looks like. */
  readonly example?: string;
  /** It can also be read from a file that `<NAME>_FILE` names, as Docker and systemd pass secrets. */
  readonly secret?: true;
  /** It names a file, whose content is the value. */
  readonly file?: true;
  /** SIGHUP applies a new value; any other setting needs a restart. */
  readonly reloadable?: true;
  /** It is also read in lower case, which takes precedence, as in curl. */
  readonly eitherCase?: true;
}

/** Part of the table: settings by name. */
export type SettingRows = Readonly<Record<string, SettingRow>>;

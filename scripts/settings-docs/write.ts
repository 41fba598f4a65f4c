import { writeFileSync } from 'node:fs';
import { envExample, settingsPage } from './render.ts';

/** Writes the files that are generated from the table of settings. */

const ROOT = new URL('../../', import.meta.url);
writeFileSync(new URL('docs/settings.md', ROOT), settingsPage());
writeFileSync(new URL('.env.example', ROOT), envExample());

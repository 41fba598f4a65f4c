import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { clientEnvironment, run } from '../support/processes.ts';
import { createScratch } from '../support/scratch.ts';
import { command, needs } from './support/clients.ts';

/** What Compose makes of each combination that docs/install.md names: its `config` needs no Docker. */

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const CADDY = 'compose.yaml:compose.caddy.yaml';

interface Config {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly environment?: Readonly<Record<string, string>>;
        readonly depends_on?: Readonly<Record<string, object>>;
      }
    >
  >;
}

needs([command('docker-compose')], 'Compose', () => {
  const scratch = createScratch();

  async function config(files: string, env: Readonly<Record<string, string>>) {
    const folder = await scratch.folder();
    const names = readdirSync(PROJECT).filter((name) => /^compose.*\.yaml$/.test(name));
    for (const name of [...names, 'deploy']) cpSync(join(PROJECT, name), join(folder, name), { recursive: true });
    const paths = files.split(':').map((name) => join(folder, name));
    const lines = Object.entries({ COMPOSE_FILE: paths.join(':'), ...env }).map(
      ([name, value]) => `${name}=${value}\n`,
    );
    writeFileSync(join(folder, '.env'), lines.join(''));
    return run('docker-compose', ['--project-directory', folder, 'config'], clientEnvironment(folder));
  }
  const settings = { PLANE_URL: 'https://plane.example.com', PLANE_API_KEY: 'key', PLANE_WORKSPACE: 'acme' };
  const domain = { DOMAIN: 'calendars.example.com' };

  test.each([
    ['compose.yaml', {}, ['plane-ics']],
    [CADDY, domain, ['caddy', 'plane-ics']],
    [`${CADDY}:compose.radicale.yaml`, domain, ['caddy', 'plane-ics', 'radicale']],
    [
      `${CADDY}:compose.postgres.yaml`,
      { ...domain, POSTGRES_PASSWORD: 'p' },
      ['caddy', 'plane-ics', 'plane-ics-2', 'postgres'],
    ],
  ])('accepts %s, and gives plane-ics the settings of .env', async (files, env, expected) => {
    const { code, stdout, stderr } = await config(files, { ...settings, ...env });
    expect([code, stderr]).toEqual([0, '']);
    const { services } = parse(stdout) as Config;
    expect(Object.keys(services).sort()).toEqual(expected);
    for (const name of expected.filter((one) => one.startsWith('plane-ics')))
      expect(services[name]!.environment).toMatchObject({ ...settings, HOST: '0.0.0.0', DATA_DIR: '/data' });
  });

  test.each([
    [CADDY, 'DOMAIN'],
    [`${CADDY}:compose.postgres.yaml`, 'POSTGRES_PASSWORD'],
  ])('says which setting %s lacks: %s', async (files, name) => {
    const given = name === 'DOMAIN' ? {} : domain;
    const { code, stderr } = await config(files, { ...settings, ...given });
    expect([code, stderr]).toEqual([1, expect.stringContaining(`set ${name} in .env`)]);
  });
});

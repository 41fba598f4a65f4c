import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { projectText } from '../support/dockerfile.ts';
import { clientEnvironment, run } from '../support/processes.ts';
import { createScratch } from '../support/scratch.ts';
import { command, needs } from './support/clients.ts';

/** The unit as systemd reads it. */

/** systemd's own measure, from 0 (locked in) to 10. */
const MOST_EXPOSED = 1.5;

needs([command('systemd-analyze', 'systemd')], 'deploy/plane-ics.service', () => {
  const scratch = createScratch();

  async function analyze(unit: string, ...args: string[]): Promise<{ code: number | null; text: string }> {
    const home = await scratch.folder();
    const path = join(home, 'plane-ics.service');
    writeFileSync(path, unit);
    const { code, stdout, stderr } = await run('systemd-analyze', [...args, path], clientEnvironment(home));
    return { code, text: stdout + stderr };
  }

  // Where Node is differs; that it is somewhere is what the check of the unit asks.
  const unit = projectText('deploy/plane-ics.service').replace('/usr/bin/node', process.execPath);

  test('has no word that systemd does not know', async () => {
    expect(await analyze(unit, 'verify')).toEqual({ code: 0, text: '' });
    const wrong = await analyze(unit.replace('StateDirectory=', 'StateFolder='), 'verify');
    expect(wrong.text).toMatch(/Unknown key.*'StateFolder'/);
  });

  test('locks the program in', async () => {
    const { text } = await analyze(unit, 'security', '--offline=yes', '--no-pager');
    expect(Number(/Overall exposure level for \S+: ([\d.]+)/.exec(text)?.[1])).toBeLessThanOrEqual(MOST_EXPOSED);
  });
});

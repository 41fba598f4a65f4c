import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Agent, request } from 'undici';
import { projectText } from '../support/dockerfile.ts';
import { clientEnvironment, eventually } from '../support/processes.ts';
import { addressOf, createPrograms } from '../support/program.ts';
import { createScratch } from '../support/scratch.ts';
import { command, needs, python } from './support/clients.ts';
import { startFront } from './support/front.ts';
import { freePort } from './support/free-port.ts';

/** The three services of compose.radicale.yaml, with the configurations of deploy/, without Docker. */

const PASSWORD = 'a password for the mirror';
/** The address of one that the mirror made, in one of the user's calendars. */
const OBJECT = /\/radicale\/ada\/[^/]+\/plane-/;

/** The text with this in place of that, which must be there. */
function swap(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`the configuration has no ${from}`);
  return text.replaceAll(from, to);
}

needs(
  [command('caddy'), command('radicale'), python('import bcrypt', 'python3-bcrypt')],
  'plane-ics, Caddy and Radicale',
  () => {
    const scratch = createScratch();
    const { start } = createPrograms(scratch, [PASSWORD]);

    test('the plan is mirrored into a calendar that its user alone can read, at the same https address', async () => {
      const home = await scratch.folder();
      const [radicalePort, planeIcs] = [await freePort(), await freePort()];
      const hash = spawnSync('caddy', ['hash-password', '--plaintext', PASSWORD], { encoding: 'utf8' }).stdout.trim();
      writeFileSync(join(home, 'users'), `ada:${hash}\n`);
      const config = [
        ['0.0.0.0:5232', `127.0.0.1:${radicalePort}`],
        ['/config/users', join(home, 'users')],
        ['/data/', `${home}/`],
        // Debian 12 has Radicale 3.1, which does not know it.
        ['cache_logins = True\n', ''],
      ].reduce((text, [from, to]) => swap(text, from!, to!), projectText('deploy/radicale.conf'));
      writeFileSync(join(home, 'config'), config);
      const radicale = spawn('radicale', ['--config', join(home, 'config')], {
        env: clientEnvironment(home),
        stdio: 'ignore',
      });
      const ended = new Promise((resolve) => radicale.once('close', resolve));
      scratch.defer(() => {
        radicale.kill('SIGTERM');
        return ended;
      });

      const ports = { https: await freePort(), http: await freePort(), planeIcs };
      const address = `127.0.0.1:${radicalePort}`;
      const front = await startFront('caddy', ports, scratch, {
        files: {
          'radicale.caddy': swap(projectText('deploy/radicale.caddy'), '{$RADICALE:radicale:5232}', address),
        },
      });
      writeFileSync(join(home, 'ca.pem'), front.ca);
      const settings = {
        PORT: String(planeIcs),
        PUBLIC_URL: front.https,
        TRUST_PROXY: '1',
        DATA_DIR: join(home, 'data'),
        MIRROR_URL: `${front.https}/radicale/`,
        MIRROR_USERNAME: 'ada',
        MIRROR_PASSWORD: PASSWORD,
        MIRROR_CALENDAR: 'Plane',
        MIRROR_FEED: 'WEB',
        // A few: without its cache Radicale takes a second to check the password of each request.
        MIRROR_OPTIONS: 'priority=urgent',
        MIRROR_CA_FILE: join(home, 'ca.pem'),
      };
      await addressOf(await start(['serve'], settings));
      const tested = await (await start(['mirror', 'test'], settings)).ended;
      expect(tested).toMatchObject({ code: 0, stderr: expect.not.stringContaining('rror') });

      const dispatcher = new Agent({ connect: { ca: front.ca } });
      scratch.defer(() => dispatcher.destroy());
      const list = async (authorization: string): Promise<{ status: number; text: string }> => {
        const headers = { depth: '1', authorization, 'content-type': 'application/xml' };
        const options = { dispatcher, method: 'PROPFIND' as const, headers };
        const homeAddress = `${front.https}/radicale/ada/`;
        const { statusCode, body } = await request(homeAddress, options);
        const text = await body.text();
        const calendar = /<href>(\/radicale\/ada\/[^/]+\/)<\/href>/.exec(text)?.[1];
        if (calendar === undefined) return { status: statusCode, text };
        return { status: statusCode, text: await (await request(front.https + calendar, options)).body.text() };
      };
      const basic = (password: string): string => `Basic ${Buffer.from(`ada:${password}`).toString('base64')}`;
      const mirrored = await eventually(
        () => list(basic(PASSWORD)),
        ({ text }) => OBJECT.test(text),
      );
      expect([mirrored.status, mirrored.text]).toEqual([207, expect.stringMatching(OBJECT)]);
      expect((await list(basic('another'))).status).toBe(401);
      const feed = await request(`${front.https}/ics/WEB.ics`, { dispatcher });
      expect([feed.statusCode, (await feed.body.text()).slice(0, 15)]).toEqual([200, 'BEGIN:VCALENDAR']);
    });
  },
);

import type { ChildProcess } from 'node:child_process';
import { chownSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { eventually, type Finished } from '../support/processes.ts';
import { createScratch, type Scratch } from '../support/scratch.ts';
import { needs } from './support/clients.ts';
import { buildImage, filesIn } from './support/image.ts';

/** What the image does when it runs with a read-only root, shown without Docker. */

interface Running {
  readonly output: { text: string };
  readonly ended: Promise<Finished>;
}

function watch(child: ChildProcess, scratch: Scratch): Running {
  const output = { text: '' };
  let stderr = '';
  child.stdin?.end();
  child.stdout?.on('data', (chunk: Buffer) => (output.text += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Finished>((resolve) => {
    child.once('close', (code) => {
      resolve({ code, stdout: output.text, stderr });
    });
  });
  scratch.defer(() => {
    child.kill('SIGKILL');
    return ended;
  });
  return { output, ended };
}

const root = {
  what: 'the user root, to give files to another one',
  debianPackage: 'sudo',
  isThere: () => process.getuid?.() === 0,
};

/** It installs everything, twice: minutes on a busy machine. */
const BUILD_MS = 900_000;

needs([root], 'the steps of the Dockerfile', () => {
  const scratch = createScratch();

  test(
    'make a program that runs as a user who may write to /data alone, knows its health, and ends on SIGTERM',
    async () => {
      const image = buildImage(await scratch.folder());
      const data = join(image.root, 'data');
      const before = filesIn(image.root);
      expect(statSync(data)).toMatchObject({ uid: 1000, gid: 1000 });
      expect(before.filter((path) => /node_modules\/(?:typescript|jest)\//.test(path))).toEqual([]);
      const finished = (command: Parameters<typeof image.start>[0]): Promise<Finished> =>
        watch(image.start(command), scratch).ended;

      expect(await finished('health')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('plane-ics did not answer'),
      });

      const child = image.start('serve');
      const { output, ended } = watch(child, scratch);
      const log = await eventually(
        () => output.text,
        (text) => child.exitCode !== null || text.includes('"listening"'),
      );
      const address = /"address":"([^"]+)".*"listening"/.exec(log)?.[1];
      if (address === undefined) throw new Error(`it does not listen:\n${log}${(await ended).stderr}`);
      const feed = await fetch(`${address}/ics/WEB.ics`);
      expect([feed.status, (await feed.text()).slice(0, 15)]).toEqual([200, 'BEGIN:VCALENDAR']);
      for (const path of ['/', '/vendor/qrcode.js', '/docs', '/openapi.json', '/health'])
        expect([path, (await fetch(address + path)).status]).toEqual([path, 200]);
      expect(await finished('health')).toEqual({ code: 0, stdout: 'plane-ics answers.\n', stderr: '' });
      expect(await finished(['plane-ics', 'link', 'list'])).toMatchObject({ code: 0 });

      child.kill('SIGTERM');
      expect(await ended).toMatchObject({ code: 0, stderr: '' });
      expect(filesIn(image.root)).toEqual(before);

      // As a folder of the host is that Docker made.
      chownSync(data, 0, 0);
      const plane = { PLANE_URL: 'http://127.0.0.1:9', PLANE_API_KEY: 'key', PLANE_WORKSPACE: 'acme' };
      expect(await watch(image.start('serve', plane), scratch).ended).toEqual({
        code: 1,
        stdout: '',
        stderr: `plane-ics may not write to ${data}. Run: sudo chown -R ${image.user} ${data}\n`,
      });
    },
    BUILD_MS,
  );
});

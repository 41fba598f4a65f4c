import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { lastWholeBatch } from './support/batches.ts';
import { alarms, createStoreBench } from './support/open.ts';

const bench = createStoreBench();
const run = promisify(execFile);
const WRITER = fileURLToPath(new URL('support/writer.ts', import.meta.url));
/** No file may grow beyond so many blocks (of 512 or 1,024 bytes): as if the disk were full, and without harm to anyone else. */
const LIMITED = 'trap "" XFSZ; ulimit -S -f 300; exec "$@"';

const hasPrlimit = await run('prlimit', ['--version']).then(
  () => true,
  () => false,
);
if (!hasPrlimit)
  process.stdout.write('The test of a full disk is left out: prlimit is missing (Debian: util-linux).\n');

(hasPrlimit ? test : test.skip)(
  'what is written after a full disk has room again is there after a restart',
  async () => {
    const folder = await bench.folder();
    const child = spawn('sh', ['-c', LIMITED, 'sh', process.execPath, '--import', 'tsx', WRITER, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const closed = once(child, 'close');
    bench.defer(async () => {
      child.kill('SIGKILL');
      await closed;
    });
    let last = -1;
    let failures = 0;
    let after = 0;
    for await (const line of createInterface(child.stdout)) {
      if (line === 'failed') failures++;
      else if (line !== 'open') {
        last = Number(line);
        if (failures > 0) after++;
      }
      if (line === 'failed' && failures === 5) await run('prlimit', ['--pid', String(child.pid), '--fsize=unlimited']);
      if (after === 10) child.kill('SIGKILL');
    }
    expect(failures).toBeGreaterThanOrEqual(5);

    const stores = await bench.open(folder);
    expect(alarms(stores.lines).filter((line) => line.startsWith('error'))).toEqual([]);
    expect(await lastWholeBatch(stores.kept)).toBeGreaterThanOrEqual(last);
    expect(await lastWholeBatch(stores.cache)).toBeGreaterThanOrEqual(last);
  },
);

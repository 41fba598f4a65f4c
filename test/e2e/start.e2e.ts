import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from '@jest/globals';
import { eventually } from '../support/processes.ts';
import { createScratch } from '../support/scratch.ts';

const scratch = createScratch();

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** How the program ended, and all it wrote. */
interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built program as a process of its own. */
interface Program {
  /** What it wrote so far, as soon as that is as wanted. Fails when the program ended instead. */
  output(isWanted: RegExp): Promise<string>;
  /** Resolves when it has ended. */
  readonly ended: Promise<Ended>;
  /** Asks it to end, as a service manager does. */
  stop(): Promise<Ended>;
}

type Settings = Readonly<Record<string, string>>;

/** Runs `node dist/main.js` in an empty folder, with no settings but those given. */
const start = (args: readonly string[], settings: Settings): Promise<Program> =>
  run([process.execPath, MAIN, ...args], settings);

/** The same on a terminal, which `script` (util-linux) provides. It does not pass signals on, so the program says which process it is. */
async function startOnTerminal(settings: Settings): Promise<Program> {
  const command = `echo "process $$"; exec '${process.execPath}' '${MAIN}'`;
  const program = await run(['script', '-qefc', command, '/dev/null'], settings);
  const stop = async (): Promise<Ended> => {
    const [, id] = /process (\d+)/.exec(await program.output(/process \d+\r?\n/)) ?? [];
    process.kill(Number(id), 'SIGTERM');
    return program.ended;
  };
  return { ...program, stop };
}

async function run([command = '', ...args]: readonly string[], settings: Settings): Promise<Program> {
  const cwd = await scratch.folder();
  const env = { PATH: process.env.PATH, DOTENV_CONFIG_PATH: '/dev/null', ...settings };
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
  scratch.defer(() => {
    child.kill('SIGKILL');
    return ended;
  });
  return {
    ended,
    output: async (isWanted) => {
      const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
      const text = await eventually(
        () => stdout,
        (written) => isOver() || isWanted.test(written),
      );
      if (!isWanted.test(text)) throw new Error(`it never wrote ${isWanted.source}, but:\n${stdout}${stderr}`);
      return text;
    },
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** The address in the log line that says where it listens. */
async function addressOf(program: Program): Promise<string> {
  const output = await program.output(/"listening"/);
  const line = output.split('\n').find((one) => one.includes('"listening"')) ?? '{}';
  return String((JSON.parse(line) as { address?: unknown }).address);
}

const countEvents = (text: string): number => text.split('BEGIN:VEVENT\r\n').length - 1;

test('node dist/main.js without settings serves the demo, answers 304 to its ETag, and ends on SIGTERM with code 0', async () => {
  const program = await start([], { PORT: '0' });
  const address = await addressOf(program);
  const first = await fetch(`${address}/ics/WEB.ics`);
  const etag = first.headers.get('etag') ?? '';
  expect(first.status).toBe(200);
  expect(first.headers.get('content-type')).toBe('text/calendar; charset=utf-8');
  expect(countEvents(await first.text())).toBeGreaterThanOrEqual(40);

  const second = await fetch(`${address}/ics/WEB.ics`, { headers: { 'if-none-match': etag } });
  expect(second.status).toBe(304);
  expect(await second.text()).toBe('');

  expect(await program.stop()).toEqual({ code: 0, stdout: expect.stringContaining('DEMO'), stderr: '' });
});

test('node dist/main.js serve publishes the Plane whose settings demo-plane prints', async () => {
  const plane = await start(['demo-plane', '--port', '0'], {});
  const printed = await plane.output(/PLANE_URL=.*\nPLANE_API_KEY=.*\nPLANE_WORKSPACE=.*\n/);
  const settings = Object.fromEntries(
    printed
      .trim()
      .split('\n')
      .map((line) => line.split('=', 2) as [string, string]),
  );

  const program = await start(['serve'], { ...settings, FEED_ACCESS: 'open', PORT: '0' });
  const answer = await fetch(`${await addressOf(program)}/ics/APP.ics`);

  expect(answer.status).toBe(200);
  expect(countEvents(await answer.text())).toBeGreaterThanOrEqual(30);
  expect(await program.stop()).toMatchObject({ code: 0, stderr: '' });
  expect(await plane.stop()).toMatchObject({ code: 0, stderr: '' });
});

test('node dist/main.js with half of the settings for Plane says which are missing, and ends with code 1', async () => {
  const program = await start([], { PLANE_URL: 'https://plane.example.com', PORT: '0' });

  expect(await program.ended).toEqual({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('PLANE_API_KEY and PLANE_WORKSPACE are missing'),
  });
});

test('on a terminal it logs for people, and its last line says what to open and, the first time, the token', async () => {
  const program = await startOnTerminal({ PORT: '0', SHELL: '/bin/sh' });
  const output = stripVTControlCharacters(await program.output(/in a browser\..*\r?\n/));
  expect(await program.stop()).toMatchObject({ code: 0 });
  expect(output).toMatch(/^\[\d\d:\d\d:\d\d\] INFO: listening \{"address"/m);
  expect(output).toMatch(
    /Open http:\/\/localhost:\d+ in a browser\. Admin token \(shown only now, stored in data\/demo\/admin-token\): [\w-]{20,}\s*$/,
  );
});

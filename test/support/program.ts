import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { compileTo } from './compiled.ts';
import { eventually, type Finished } from './processes.ts';
import type { Scratch } from './scratch.ts';

/** Settings by name. */
export type Settings = Readonly<Record<string, string>>;

/** A process of the program. */
export interface Program {
  /** What it wrote so far. */
  readonly output: { stdout: string; stderr: string };
  readonly ended: Promise<Finished>;
  /** Asks it to end, as a service manager does, unless told otherwise. */
  stop(signal?: NodeJS.Signals): Promise<Finished>;
  signal(name: NodeJS.Signals): void;
}

/** Starts the program, with no settings but those given. None may write a secret or a stack. */
export function createPrograms(
  scratch: Scratch,
  secrets: readonly string[],
): {
  start(args: readonly string[], settings?: Settings, cwd?: string): Promise<Program>;
  startWith(dotenv: string, args: readonly string[], settings?: Settings): Promise<Program>;
} {
  const outputs: Program['output'][] = [];
  let compiled = '';
  beforeAll(async () => {
    compiled = await mkdtemp(join(tmpdir(), 'plane-ics-compiled-'));
    await compileTo(compiled, ['src']);
  });
  afterAll(() => rm(compiled, { recursive: true }));
  afterEach(() => {
    const written = outputs.splice(0).flatMap(({ stdout, stderr }) => [stdout, stderr]);
    expect(written.filter((text) => secrets.some((secret) => text.includes(secret)))).toEqual([]);
    expect(written.filter((text) => /(?:\n|\\n)\s+at /.test(text))).toEqual([]);
  });

  async function start(args: readonly string[], settings: Settings = {}, given?: string): Promise<Program> {
    const cwd = given ?? (await scratch.folder());
    const env = { PATH: process.env.PATH, PORT: '0', ...settings };
    const child = spawn(process.execPath, [join(compiled, 'src/main.js'), ...args], { cwd, env });
    const output = { stdout: '', stderr: '' };
    outputs.push(output);
    child.stdin.end();
    child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
    const ended = new Promise<Finished>((resolve) => {
      child.once('close', (code) => {
        resolve({ code, ...output });
      });
    });
    const stop = (signal: NodeJS.Signals = 'SIGTERM'): Promise<Finished> => {
      child.kill(signal);
      return ended;
    };
    scratch.defer(() => stop('SIGKILL'));
    return { output, ended, stop, signal: (name) => void child.kill(name) };
  }

  return {
    start,
    startWith: async (dotenv, args, settings) => {
      const cwd = await scratch.folder();
      await writeFile(join(cwd, '.env'), dotenv);
      return start(args, settings, cwd);
    },
  };
}

/** Standard output as soon as it has these words; fails with all that was written when the program ends without them. */
export async function written({ output, ended }: Program, words: RegExp): Promise<string> {
  let isOver = false;
  void ended.then(() => (isOver = true));
  await eventually(
    () => output.stdout,
    (text) => isOver || words.test(text),
  );
  expect(`${output.stdout}${output.stderr}`).toMatch(words);
  return output.stdout;
}

/** Where a server listens, as soon as it does. */
export async function addressOf(program: Program): Promise<string> {
  return /"address":"([^"]+)".*"listening"/.exec(await written(program, /"listening"/))![1]!;
}

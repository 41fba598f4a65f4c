import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { Planted } from './mutants.ts';

/** The simulation as one file, which takes a sixth less time than its modules, and can have faults in it. */

const MODULE = /\/(?:src|test|scripts)\/.*\.ts$/;

/** What the simulation came to. */
interface Outcome {
  readonly code: number | null;
  /** Its output where it was not printed. */
  readonly text: string;
}

/** Runs the simulation with these arguments and faults, and prints its output unless `stdout` is `pipe`. */
export async function runSimulation(
  args: readonly string[],
  stdout: 'inherit' | 'pipe',
  planted: readonly Planted[] = [],
): Promise<Outcome> {
  const cache = resolve('node_modules/.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(`${cache}/simulation-`);
  try {
    const file = `${folder}/main.mjs`;
    await bundle(file, planted);
    return await run(file, args, stdout);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Modules keep their addresses, by which they find their files. */
async function bundle(outfile: string, planted: readonly Planted[]): Promise<void> {
  const plant: Plugin = {
    name: 'plant',
    setup: ({ onLoad }) => {
      onLoad({ filter: MODULE }, async ({ path }) => {
        const contents = withFaults(path, await readFile(path, 'utf8'), planted);
        const url = JSON.stringify(pathToFileURL(path).href);
        return { contents: contents.replaceAll('import.meta.url', url), loader: 'ts' };
      });
    },
  };
  const entryPoints = ['scripts/simulate/main.ts'];
  const options = { bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' } as const;
  await build({ ...options, entryPoints, outfile, plugins: [plant], sourcemap: true });
}

function withFaults(path: string, text: string, planted: readonly Planted[]): string {
  let contents = text;
  for (const { file, find, replace } of planted) {
    if (path !== resolve(file)) continue;
    if (contents.split(find).length !== 2)
      throw new Error(`"${find}" must occur once in ${file}: correct it in scripts/simulate/mutants.ts.`);
    contents = contents.replace(find, () => replace);
  }
  return contents;
}

function run(file: string, args: readonly string[], stdout: 'inherit' | 'pipe'): Promise<Outcome> {
  const own = ['--enable-source-maps', '--min-semi-space-size=32', '--max-semi-space-size=64', file];
  const child = spawn(process.execPath, [...own, ...args], { stdio: ['ignore', stdout, 'inherit'] });
  return new Promise((done, failed) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.once('error', failed);
    child.once('close', (code) => {
      done({ code, text });
    });
  });
}

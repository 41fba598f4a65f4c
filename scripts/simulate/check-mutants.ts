import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build, type Plugin } from 'esbuild';
import { MUTANTS, type Mutant } from './mutants.ts';

/**
 * `npm run simulate:mutants`: plants one fault after another into the program, and says after how many histories the simulation finds it. Exits
 * with code 1 when one is not found. See docs/verification.md.
 */

const { values } = parseArgs({ options: { histories: { type: 'string', default: '5000' }, only: { type: 'string' } } });
const FOLDER = resolve('node_modules/.cache/mutants');

await mkdir(FOLDER, { recursive: true });
let missed = 0;
for (const [index, mutant] of MUTANTS.entries()) {
  if (values.only !== undefined && !values.only.split(',').includes(String(index))) continue;
  const file = `${FOLDER}/${index}.mjs`;
  await compile(mutant, file);
  const [, seed, kind = ''] = /^seed (\d+), (.*): \d+ faults$/m.exec(await run(file)) ?? [];
  if (seed === undefined) missed++;
  const result = seed === undefined ? `NOT FOUND in ${values.histories}` : `found after ${seed}`;
  process.stdout.write(`${String(index).padStart(2)} ${result.padEnd(20)} ${mutant.rule}${kind && ` (${kind})`}\n`);
}
await rm(FOLDER, { recursive: true });
process.stdout.write(`${missed} not found\n`);
process.exitCode = missed > 0 ? 1 : 0;

/** Bundles the simulation with one fault in it. Modules keep their addresses, by which they find their files. */
async function compile({ also, ...first }: Mutant, outfile: string): Promise<void> {
  const planted = also ? [first, also] : [first];
  const plant: Plugin = {
    name: 'plant',
    setup: ({ onLoad }) => {
      onLoad({ filter: /\/(?:src|test|scripts)\/.*\.ts$/ }, async ({ path }) => {
        let contents = await readFile(path, 'utf8');
        for (const { file, find, replace } of planted) {
          if (path !== resolve(file)) continue;
          if (contents.split(find).length !== 2)
            throw new Error(`"${find}" must occur once in ${file}: correct it in scripts/simulate/mutants.ts.`);
          contents = contents.replace(find, () => replace);
        }
        const url = JSON.stringify(pathToFileURL(path).href);
        return { contents: contents.replaceAll('import.meta.url', url), loader: 'ts' };
      });
    },
  };
  const entryPoints = ['scripts/simulate/main.ts'];
  const options = { bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' } as const;
  await build({ ...options, entryPoints, outfile, plugins: [plant] });
}

/** What the simulation prints until it finds something. */
function run(file: string): Promise<string> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, [file, '--histories', values.histories, '--first'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.once('error', failed);
    child.once('close', () => {
      done(text);
    });
  });
}

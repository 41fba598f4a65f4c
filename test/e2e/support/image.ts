import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildContext, projectText, stagesOf, type Stage, type Step } from '../../support/dockerfile.ts';

/** Walks the steps of the Dockerfile without Docker: each stage is a folder instead of a file system. */

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
/** Where steps name places from the root of the file system; all else they name is relative. */
const ABSOLUTE = /(?<=^|[\s="'])\/(?=(?:app|data|usr\/local)\b)/g;

/** What the last stage came to. */
export interface Image {
  readonly root: string;
  readonly workdir: string;
  /** As "uid:gid". */
  readonly user: string;
  /** Starts one of its commands as its user, with its environment, these settings, and nothing else. */
  start(command: 'serve' | 'health' | readonly string[], settings?: Readonly<Record<string, string>>): ChildProcess;
}

/** Builds it in the folder, which must be empty. Throws with what a step wrote when one fails. */
export function buildImage(folder: string): Image {
  chmodSync(folder, 0o755);
  const roots = new Map<string, string>();
  const stages = stagesOf(projectText('Dockerfile'));
  const built = stages.map((stage, index) => {
    const root = join(folder, stage.name ?? String(index));
    mkdirSync(join(root, 'usr/local/bin'), { recursive: true });
    roots.set(stage.name ?? '', root);
    return { stage, ...walk(stage, root, roots) };
  });
  const last = built.at(-1)!;
  const step = (keyword: string): Step => last.stage.steps.find((one) => one.keyword === keyword)!;
  const user = step('USER').text;
  const [uid, gid] = user.split(':').map(Number);
  const { root, workdir, env } = last;
  const commands = {
    serve: [...step('ENTRYPOINT').words, ...step('CMD').words],
    health: JSON.parse(step('HEALTHCHECK').text.replace('CMD ', '')) as string[],
  };
  return {
    root,
    workdir,
    user,
    start: (command, settings) => {
      const given = typeof command === 'string' ? commands[command] : command;
      const [program, ...args] = given.map((word) => word.replace(ABSOLUTE, `${root}/`));
      return spawn(program!, args, {
        cwd: workdir,
        env: {
          PORT: '0',
          ...env,
          PATH: `${root}/usr/local/bin:${dirname(process.execPath)}:/usr/bin:/bin`,
          ...settings,
        },
        uid: uid!,
        gid: gid!,
      });
    },
  };
}

function walk(stage: Stage, root: string, roots: ReadonlyMap<string, string>) {
  const env: Record<string, string> = {};
  let workdir = root;
  for (const step of stage.steps) {
    if (step.keyword === 'WORKDIR') mkdirSync((workdir = join(root, step.text)), { recursive: true });
    if (step.keyword === 'ENV')
      for (const [name, value] of Object.entries(step.properties)) env[name] = value.replace(ABSOLUTE, `${root}/`);
    if (step.keyword === 'COPY') copy(step, workdir, roots);
    if (step.keyword === 'RUN') run(step.text.replace(ABSOLUTE, `${root}/`), workdir, env);
  }
  return { root, workdir, env };
}

function copy(step: Step, workdir: string, roots: ReadonlyMap<string, string>): void {
  const sources = step.words.slice(0, -1);
  const target = step.words.at(-1)!;
  const from = step.flags.from === undefined ? PROJECT : roots.get(step.flags.from)!;
  const context = buildContext();
  for (const source of sources) {
    if (from === PROJECT && !context.has(source)) throw new Error(`COPY ${source}: .dockerignore leaves it out`);
    const path = join(from, source);
    // A folder's content is copied, a file as itself.
    const place = statSync(path).isDirectory() ? resolve(workdir, target) : resolve(workdir, target, source);
    cpSync(path, place, { recursive: true, verbatimSymlinks: true });
  }
}

/** With the settings of npm around it, so that it finds its registry and cache. */
function run(command: string, cwd: string, env: Readonly<Record<string, string>>): void {
  const outer = Object.entries(process.env).filter(([name]) =>
    /^(?:PATH|HOME|https?_proxy|no_proxy|npm_config_\w+|NODE_EXTRA_CA_CERTS)$/i.test(name),
  );
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-ec', command], {
    cwd,
    env: { npm_config_prefer_offline: 'true', ...Object.fromEntries(outer), ...env },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`RUN ${command}: exit code ${String(status)}\n${stdout}${stderr}`);
}

/** Every file below, with its size and when it was last written, for comparing. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path !== 'data' && !path.startsWith('data/'))
    .map((path) => {
      const { size, mtimeMs } = statSync(join(folder, path));
      return `${path} ${size} ${mtimeMs}`;
    })
    .sort();
}

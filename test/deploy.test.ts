import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { validate } from 'dockerfile-utils';
import { parse } from 'yaml';
import { SECRET_NAMES, SETTING_NAMES } from '../src/config/settings.ts';
import { buildContext, projectText, stagesOf } from './support/dockerfile.ts';

/** What we give to operators, checked by facts that need no Docker. */

const ROOT = new URL('../', import.meta.url);
const PINNED = /^[\w./-]+:\d+(?:\.\d+)+(?:-\w+)?$/;
/** Of Compose, and of other services. */
const OTHERS = new Set(['DOMAIN', 'COMPOSE_FILE', 'POSTGRES_PASSWORD']);
const KNOWN = new Set([...SETTING_NAMES, ...SECRET_NAMES.map((name) => `${name}_FILE`)]);

interface Package {
  readonly version: string;
  readonly license: string;
  readonly description: string;
  readonly bin: Readonly<Record<string, string>>;
}
const project = JSON.parse(projectText('package.json')) as Package;

const problems = (dockerfile: string): unknown[] => validate(dockerfile).map(({ message }) => message);

describe('Dockerfile', () => {
  const text = projectText('Dockerfile');
  const stages = stagesOf(text);
  const last = stages.at(-1)!;
  const steps = (keyword: string) => last.steps.filter((step) => step.keyword === keyword);
  const one = (keyword: string) => {
    expect(steps(keyword)).toHaveLength(1);
    return steps(keyword)[0]!;
  };

  test('has no problem that a linter knows, and it would find one', () => {
    expect(problems(text)).toEqual([]);
    expect(problems(text.replace('USER 1000:1000', 'USER'))).toEqual(['Instruction has no arguments']);
    expect(problems(text.replace('WORKDIR /app', 'WORKDIR app'))).toEqual(['WORKDIR paths should be absolute']);
    expect(problems(text.replace('--retries=3', '--retry=3'))).toEqual(['Unknown flag: retry']);
  });

  test('is based on one pinned image of a Node that the package allows', () => {
    expect([...new Set(stages.map(({ base }) => base))]).toEqual([expect.stringMatching(/^node:24-\w+-slim$/)]);
  });

  test('copies what is there, lets no setting or data in, and leaves nothing out that runs', () => {
    const context = buildContext();
    const fromContext = stages
      .flatMap((stage) => stage.steps)
      .filter((step) => step.keyword === 'COPY' && step.flags.from === undefined)
      .flatMap((step) => step.words.slice(0, -1));
    expect([...new Set(fromContext)].sort()).toEqual([...context].sort());
    expect(fromContext.filter((name) => !existsSync(new URL(name, ROOT)))).toEqual([]);
    expect([...context].filter((name) => /^(?:\.env|data|node_modules|dist|test|\.git)/.test(name))).toEqual([]);
    const runs = steps('COPY').flatMap((step) => step.words.slice(0, -1));
    expect(runs.sort()).toEqual(['/app/dist', '/app/node_modules', 'LICENSE', 'package.json', 'public']);
  });

  test('runs as a number, without a shell, with the command of the package, and contains no secret', () => {
    expect(one('USER').text).toBe('1000:1000');
    const main = `/app/${project.bin['plane-ics']!}`;
    expect(one('ENTRYPOINT')).toMatchObject({ isExecForm: true, words: ['node', main] });
    expect(one('CMD')).toMatchObject({ isExecForm: true, words: ['serve'] });
    expect(one('HEALTHCHECK').text).toBe(`CMD ["node", "${main}", "health"]`);
    expect(one('VOLUME').text).toBe(one('ENV').properties.DATA_DIR);
    expect(one('ENV').properties).toEqual({
      NODE_ENV: 'production',
      HOST: '0.0.0.0',
      DATA_DIR: '/data',
      MALLOC_MMAP_THRESHOLD_: '131072',
    });
    expect(text).not.toMatch(/(?:TOKEN|PASSWORD|SECRET|API_KEY)/);
    expect(one('LABEL').properties).toMatchObject({
      'org.opencontainers.image.description': project.description,
      'org.opencontainers.image.licenses': project.license,
      'org.opencontainers.image.version': '$VERSION',
    });
  });

  test('runs no script of a package', () => {
    const installs = stages.flatMap((stage) => stage.steps).filter(({ text: step }) => step.startsWith('npm ci'));
    expect(installs).toHaveLength(2);
    expect(installs.filter(({ text: step }) => !step.includes('--ignore-scripts'))).toEqual([]);
  });
});

interface Service {
  readonly image?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly env_file?: string;
  readonly stop_grace_period?: string;
  readonly restart?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly networks?: unknown;
  readonly build?: unknown;
  readonly depends_on?: unknown;
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
}

const compose = (name: string): Compose => parse(projectText(name), { uniqueKeys: true }) as Compose;

/** As "docker compose -f … -f …" does it: later values come first, lists are joined. */
function merged(...names: string[]): Compose {
  const files = names.map(compose);
  const services: Record<string, Service> = {};
  for (const [name, next] of files.flatMap((file) => Object.entries(file.services))) {
    const before = services[name] ?? {};
    services[name] = {
      ...before,
      ...next,
      environment: { ...before.environment, ...next.environment },
      ports: [...(before.ports ?? []), ...(next.ports ?? [])],
      volumes: [...(before.volumes ?? []), ...(next.volumes ?? [])],
    };
  }
  return { services, volumes: Object.assign({}, ...files.map(({ volumes }) => volumes)) };
}

const STACKS = [
  { files: ['compose.yaml'], services: ['plane-ics'], ports: ['127.0.0.1:8080:8080'] },
  {
    files: ['compose.yaml', 'compose.caddy.yaml'],
    services: ['plane-ics', 'caddy'],
    ports: ['127.0.0.1:8080:8080', '80:80', '443:443', '443:443/udp'],
  },
  {
    files: ['compose.yaml', 'compose.caddy.yaml', 'compose.radicale.yaml'],
    services: ['plane-ics', 'caddy', 'radicale'],
    ports: ['127.0.0.1:8080:8080', '80:80', '443:443', '443:443/udp'],
  },
  {
    files: ['compose.yaml', 'compose.caddy.yaml', 'compose.postgres.yaml'],
    services: ['plane-ics', 'caddy', 'plane-ics-2', 'postgres'],
    ports: ['127.0.0.1:8080:8080', '80:80', '443:443', '443:443/udp'],
  },
];

describe.each(STACKS)('$files', ({ files, services: names, ports }) => {
  const { services, volumes } = merged(...files);
  const all = Object.values(services);

  test('start these services, each pinned, locked in, and open at these ports alone', () => {
    expect(Object.keys(services)).toEqual(names);
    expect(all.map(({ image }) => image).filter((image) => !PINNED.test(image ?? ''))).toEqual([]);
    expect(all.flatMap((service) => service.ports)).toEqual(ports);
    for (const service of all)
      expect(service).toMatchObject({
        restart: 'unless-stopped',
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
  });

  test('mount volumes that are declared, and files that are here or that the operator writes', () => {
    const sources = all.flatMap((service) => service.volumes ?? []).map((volume) => volume.split(':')[0]!);
    const [paths, named] = [
      sources.filter((path) => path.startsWith('./')),
      sources.filter((name) => !name.startsWith('.')),
    ];
    expect(named.sort()).toEqual(Object.keys(volumes).sort());
    expect(paths.filter((path) => path !== './radicale-users' && !existsSync(new URL(path, ROOT)))).toEqual([]);
  });

  test('give plane-ics settings that it has, no secret, and the time that it takes to end', () => {
    const own = Object.entries(services).filter(([name]) => name.startsWith('plane-ics'));
    for (const [, planeIcs] of own) {
      const given = Object.keys(planeIcs.environment!);
      expect(given.filter((name) => !KNOWN.has(name))).toEqual([]);
      expect(given.filter((name) => SECRET_NAMES.some((secret) => secret === name))).toEqual([]);
      expect(planeIcs).toMatchObject({
        image: `plane-ics:${project.version}`,
        env_file: '.env',
        stop_grace_period: '15s',
      });
      expect(planeIcs.environment?.TRUST_PROXY).toBe(names.includes('caddy') ? '1' : undefined);
    }
  });
});

test("Caddy is given the variables that its Caddyfile wants, and plane-ics' address on their network", () => {
  const wanted = [...projectText('deploy/Caddyfile').matchAll(/\{\$(\w+)[:}]/g)].map((match) => match[1]!);
  const { environment, networks } = compose('compose.caddy.yaml').services.caddy!;
  expect(Object.keys(environment!).sort()).toEqual([...new Set(wanted)].sort());
  expect(environment!.PLANE_ICS).toBe('plane-ics:8080');
  expect(networks).toEqual({ default: { aliases: [environment!.DOMAIN] } });
});

test('compose.postgres.yaml runs the same plane-ics twice, each behind Caddy, once PostgreSQL is ready', () => {
  const { services } = merged('compose.yaml', 'compose.caddy.yaml', 'compose.postgres.yaml');
  const { ports: _ports, volumes: first, build, ...one } = services['plane-ics']!;
  const { ports: _none, volumes: second, ...two } = services['plane-ics-2']!;
  expect(two).toEqual(one);
  expect(build).toBeDefined();
  expect([first, second]).toEqual([['data:/data'], ['data-2:/data']]);
  expect(one.depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
  expect(services.caddy!.environment!.PLANE_ICS).toBe('plane-ics:8080 plane-ics-2:8080');
  expect(services.postgres).toMatchObject({ user: 'postgres', healthcheck: { test: expect.arrayContaining(['CMD']) } });
  expect(services.postgres!.ports).toEqual([]);
});

test('the settings of the systemd unit are ones that plane-ics has, and each secret is a credential that it loads', () => {
  const unit = projectText('deploy/plane-ics.service');
  const environment = [...unit.matchAll(/^Environment=(\w+)=(.*)$/gm)].map((match) => [match[1]!, match[2]!] as const);
  const others = environment.map(([name]) => name).filter((name) => !KNOWN.has(name));
  expect(others).toEqual(['NODE_ENV', 'DOTENV_CONFIG_PATH', 'MALLOC_MMAP_THRESHOLD_']);
  const loaded = [...unit.matchAll(/^LoadCredential=(\w+):/gm)].map((match) => `%d/${match[1]!}`);
  expect(environment.filter(([name]) => name.endsWith('_FILE')).map(([, path]) => path)).toEqual(loaded);
  expect(unit).toContain('\nExecReload=/bin/kill -HUP $MAINPID\n');
});

test("Traefik's routes and middlewares lead to what is there", () => {
  interface Traefik {
    readonly http: {
      readonly routers: Readonly<Record<string, { readonly service: string; readonly middlewares: readonly string[] }>>;
      readonly middlewares: object;
      readonly services: object;
    };
  }
  const { http } = parse(projectText('deploy/traefik.yaml')) as Traefik;
  const routers = Object.values(http.routers);
  expect(routers.flatMap(({ middlewares }) => middlewares).sort()).toEqual(Object.keys(http.middlewares).sort());
  expect(routers.map(({ service }) => service)).toEqual(Object.keys(http.services));
});

describe('docs/install.md', () => {
  const text = projectText('docs/install.md');
  const files = [
    ...readdirSync(new URL('deploy/', ROOT)).map((name) => `deploy/${name}`),
    ...readdirSync(ROOT).filter((name) => /^compose.*\.yaml$/.test(name)),
  ];

  test.each(files)('says what %s is for', (name) => {
    expect(text).toContain(name);
  });

  test('builds the version that there is, as Compose does', () => {
    expect(text).toContain(`--build-arg VERSION=${project.version} `);
    expect(compose('compose.yaml').services['plane-ics']!.build).toMatchObject({ args: { VERSION: project.version } });
  });

  test('names settings that there are', () => {
    const names = [...text.matchAll(/^([A-Z][A-Z_]+)=/gm)].map((match) => match[1]!);
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => !KNOWN.has(name) && !OTHERS.has(name))).toEqual([]);
  });
});

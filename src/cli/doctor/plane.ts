import type { Config } from '../../config/config.ts';
import type { Project } from '../../domain/plane.ts';
import type { Clock } from '../../domain/ports.ts';
import { AppError, errorCode, errorMessage, isRejectedAnswer, type ErrorCode } from '../../domain/errors.ts';
import { connectThrough } from '../../lib/proxy.ts';
import type { PlaneClient } from '../../sources/plane/api/client.ts';
import { createPlaneDispatcher } from '../../sources/plane/api/dispatcher.ts';
import { createFaults, type Faults, type PlaneVersion } from '../../sources/plane/trust/faults.ts';
import { createPlaneReader } from '../../sources/plane/api/reader.ts';
import { requestPlane } from '../../sources/plane/api/request.ts';
import { createPlaneVersion } from '../../sources/plane/api/version.ts';
import { fail, isCertificateFault, ok, REQUEST_TIMEOUT_MS, warn, type Finding } from './finding.ts';
import { NO_LOG } from '../io.ts';

/** Tests the settings for Plane, with one request for its projects. */

const MAX_REQUESTS = 4;
const MAX_BYTES = 8_000_000;

/** In the order in which a request depends on them: when one fails, those before it are valid. */
const STEPS = ['PLANE_URL', 'PLANE_API_KEY', 'PLANE_WORKSPACE', 'projects'] as const;
type Step = (typeof STEPS)[number];

/** The setting that causes an error; PLANE_URL for any other error. */
const STEP_OF: Readonly<Partial<Record<ErrorCode, Step>>> = {
  plane_key: 'PLANE_API_KEY',
  plane_permission: 'PLANE_WORKSPACE',
  plane_not_found: 'PLANE_WORKSPACE',
  plane_limit: 'projects',
  plane_page_size: 'projects',
  plane_too_large: 'projects',
  plane_too_many_pages: 'projects',
  plane_unexpected_status: 'projects',
};

const FIX: Readonly<Record<Step, string>> = {
  PLANE_URL:
    "Set PLANE_URL to the address of Plane's API, and check that this machine can reach it (HTTPS_PROXY, firewall).",
  PLANE_API_KEY: 'Create a new key in Plane (profile settings, API tokens), and set PLANE_API_KEY.',
  PLANE_WORKSPACE: "Set PLANE_WORKSPACE to the slug in the workspace's web address, and make the key's user a member.",
  projects: 'Try again in a minute.',
};

/** At most five requests. The demo has its own Plane, which needs no check. */
export async function checkPlane(config: Config, serverRuns: boolean, now: Clock): Promise<Finding[]> {
  const { plane, requestsPerMinute } = config;
  if (!plane) return [ok('Plane', 'demo data; set PLANE_URL, PLANE_API_KEY and PLANE_WORKSPACE for your own Plane')];
  const { apiUrl, apiKey, workspace } = plane;
  const dispatcher = createPlaneDispatcher(config.ca, connectThrough(config.proxy));
  let sent = 0;
  let remaining: number | null = null;
  const get: PlaneClient['get'] = async (path, query) => {
    if (++sent > MAX_REQUESTS)
      throw new AppError('plane_too_many_pages', 'The list of projects has too many pages for a check.');
    const url = new URL(apiUrl + path);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, String(value));
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const answer = await requestPlane({ url, apiKey, dispatcher, maxBytes: MAX_BYTES, signal, now });
    ({ remaining } = answer);
    return answer;
  };
  const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  const budget = { run: <T>(_urgency: unknown, task: () => Promise<T>): Promise<T> => task() };
  const version = createPlaneVersion({ apiUrl, dispatcher, budget, signal, now });
  const faults = createFaults({ now, log: NO_LOG, version });
  const reader = createPlaneReader({ client: { get, getItems: get }, workspace, now, log: NO_LOG, faults });
  const right: Readonly<Record<Step, string>> = {
    PLANE_URL: `Plane answers at ${new URL(apiUrl).origin}`,
    PLANE_API_KEY: 'Plane accepts the key',
    PLANE_WORKSPACE: `the key's user can read ${workspace}`,
    projects: '',
  };
  const rightBefore = (step: Step): Finding[] => STEPS.slice(0, STEPS.indexOf(step)).map((one) => ok(one, right[one]));
  try {
    const projects = [...(await reader.projects('reader')).values()];
    const doubtful = await checkAnswers(faults, version);
    return [
      ...rightBefore('projects'),
      ...doubtful,
      ...checkProjects(projects, plane.projects, serverRuns),
      checkBudget(remaining, requestsPerMinute, serverRuns),
    ];
  } catch (error) {
    if (isRejectedAnswer(error)) return [...rightBefore('projects'), ...(await checkAnswers(faults, version))];
    const step = STEP_OF[errorCode(error) ?? 'plane_unavailable'] ?? 'PLANE_URL';
    return [...rightBefore(step), fail(step, errorMessage(error), fixOf(error, step))];
  } finally {
    await dispatcher.destroy();
  }
}

/** undefined where the message says what to do. */
function fixOf(error: unknown, step: Step): string | undefined {
  if (isCertificateFault(error))
    return "Set CA_FILE to the certificate of the authority that signed Plane's, or fix Plane's certificate.";
  // An error without a cause is an answer, so the address is right.
  if (errorCode(error) === 'plane_unavailable' && !(error as Error).cause)
    return 'Plane, or the proxy in front of it, is down or restarting: check its log. plane-ics retries by itself.';
  if (/\b(?:check|set) PLANE_/i.test(errorMessage(error))) return undefined;
  // The host was reached.
  if (errorCode(error) === 'plane_not_json') return "Set PLANE_URL to the address of Plane's API.";
  return FIX[step];
}

/** Which of Plane's answers are invalid, with Plane's version. */
async function checkAnswers(faults: Faults, version: PlaneVersion): Promise<Finding[]> {
  if (faults.problems().length === 0) return [];
  await version.read();
  const fix =
    'Check what changed in Plane, such as an update or a proxy in front of it, and report the field and the version.';
  return faults.problems().map(({ message }) => fail('projects', message, fix));
}

function checkProjects(projects: readonly Project[], wanted: readonly string[] | null, serverRuns: boolean): Finding[] {
  const seen = projects.map(({ identifier }) => identifier).sort();
  const missing = (wanted ?? []).filter(
    (name) => !projects.some(({ id, identifier }) => [id, identifier.toLowerCase()].includes(name.toLowerCase())),
  );
  return [
    seen.length > 0
      ? ok('projects', `the key's user is a member of ${seen.join(', ')}`)
      : fail('projects', "the key's user is not a member of any project", 'Add the user to the projects in Plane.'),
    // The server goes on publishing a project that has another identifier by now, and logs which.
    ...missing.map((name) =>
      (serverRuns ? warn : fail)(
        'PLANE_PROJECTS',
        `the key's user is not a member of a project ${name}`,
        'If it has another identifier in Plane by now, write that one. Otherwise add the user to it in Plane, or remove it from PLANE_PROJECTS.',
      ),
    ),
  ];
}

/** Without a running server, nearly all of Plane's limit should be left; otherwise other apps use the key too. */
function checkBudget(remaining: number | null, requestsPerMinute: number, serverRuns: boolean): Finding {
  const what = 'PLANE_REQUESTS_PER_MINUTE';
  if (remaining === null) return ok(what, `${requestsPerMinute}; Plane reports no limit`);
  if (serverRuns || remaining + MAX_REQUESTS >= requestsPerMinute)
    return ok(what, `${requestsPerMinute}; Plane allows ${remaining} more this minute`);
  return warn(
    what,
    `${requestsPerMinute}, but Plane allows only ${remaining} more this minute`,
    "Set it below Plane's limit (60 on Plane Cloud), and give other apps keys of their own.",
  );
}

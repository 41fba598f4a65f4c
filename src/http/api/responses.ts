import { z } from 'zod';

/** Responses of the API, as `/openapi.json` describes them; tests validate every response against these. */

/** An instant. */
export const instant = z.iso.datetime().describe('UTC');
const id = z.string();
const count = z.int().min(0);
const sentence = z.string();

/** Every error. */
export const errorAnswer = z.strictObject({
  status: z.literal('error'),
  message: sentence.describe('for people'),
  error_code: z.string().describe('for programs to branch on'),
  details: z.record(z.string(), z.unknown()).nullable(),
  timestamp: instant,
});

/** Liveness. */
export const liveness = z.strictObject({ status: z.literal('ok'), timestamp: instant });

/** How large a calendar is. */
export const size = z.strictObject({ bytes: count, events: count, warning: z.string().nullable() });

/** Projects that can be published. */
export const projectsAnswer = z.strictObject({
  projects: z.array(
    z.strictObject({
      id,
      identifier: z.string(),
      name: z.string(),
      color: z.string().nullable(),
      timezone: z.string(),
      archived: z.boolean(),
      items: count.nullable().describe('null until it is loaded'),
    }),
  ),
});
/** People of the workspace. */
export const membersAnswer = z.strictObject({
  members: z.array(z.strictObject({ id, display_name: z.string() })),
});

/** A preview of a calendar. */
export const previewAnswer = z.strictObject({
  name: z.string(),
  description: z.string(),
  color: z.string(),
  bytes: count,
  warn_bytes: count,
  count,
  overdue: count.describe('how many items the event of overdue=today lists; 0 without it'),
  more: z
    .boolean()
    .describe(
      'whether there are more events than these, which are those nearest to today, of other calendars within a year of it',
    ),
  events: z.array(
    z.strictObject({
      uid: z.string(),
      kind: z.enum(['event', 'todo']),
      project: z
        .string()
        .describe(
          'identifier, or the name of another calendar; empty for the list of what is overdue, and in private links',
        ),
      start: z.iso.date().nullable(),
      last: z.iso.date().nullable().describe('inclusive'),
      starts_at: z.iso.datetime().optional().describe('of an event of another calendar that has a time'),
      ends_at: z.iso.datetime().optional(),
      title: z.string(),
      description: z.string(),
      url: z.string().nullable(),
      color: z.string().nullable().describe('CSS name'),
      categories: z.array(z.string()),
      status: z.string().nullable(),
    }),
  ),
});
/** Names by option. */
export const choicesAnswer = z.record(
  z.string(),
  z.array(z.strictObject({ name: z.string(), group: z.string().optional().describe('of a state') })),
);

const connection = z.enum(['ok', 'error', 'unknown', 'off']);
const state = z.enum(['idle', 'running', 'error']);

/** Health of a project. */
export const projectHealthAnswer = z.strictObject({
  id,
  identifier: z.string(),
  items: count,
  events: count,
  age_seconds: z.int().nullable(),
  last_change: instant.nullable().describe('null where nothing has changed since the server that reads Plane started'),
  last_webhook: instant.nullable(),
  last_error: sentence.nullable(),
});

/** From the edit of an item in Plane to the first answer that had it, over seven days. */
const lag = z.strictObject({ p50_seconds: count, p99_seconds: count, changes: count }).nullable();

/** Health of the server. */
export const healthAnswer = z.strictObject({
  status: z.enum(['ok', 'degraded', 'error']),
  timestamp: instant,
  version: z.string(),
  uptime: count.describe('seconds'),
  metrics: z.strictObject({
    projects_synced: count,
    events_created: count,
    events_updated: count,
    events_deleted: count,
    last_sync: instant.nullable(),
    sync_status: state,
    caldav_connection: connection,
    plane_api_connection: connection,
  }),
  last_error: sentence.nullable(),
  problems: z
    .array(
      z.strictObject({
        part: z.enum(['plane', 'webhook', 'source', 'mirror', 'store']),
        message: sentence,
        since: instant,
        until: instant.nullable().describe('when it ends or is retried by itself, where that is known'),
        removal: z
          .union([z.strictObject({ project: id }), z.strictObject({ source: id })])
          .optional()
          .describe(
            'a large removal that POST /api/v1/projects/{project}/apply-removal or /api/v1/sources/{source}/apply accepts at once',
          ),
      }),
    )
    .describe('what is wrong now'),
  warnings: z.array(sentence),
  webhook: z.strictObject({
    address: z.url().describe('to enter in Plane'),
    secret: z.enum(['setting', 'page']).nullable().describe('its origin; null: not set, deliveries are refused'),
    last_delivery: instant.nullable(),
  }),
  projects: z.array(projectHealthAnswer),
  budget: z.strictObject({
    requests_per_minute: count,
    waiting: count,
    silent_change_minutes: count
      .nullable()
      .describe('until a change without a webhook is found, where the budget makes that longer than usual'),
  }),
  cache: z.strictObject({ documents: count, bytes: count, max_bytes: count }),
  lag: lag.describe('of all calendars'),
  feeds: z.array(size.extend({ feed: z.string(), lag })).describe('calendars in memory'),
  mirrors: z.array(
    z.strictObject({
      name: z.string(),
      state: z.string(),
      last_run: instant.nullable(),
      last_error: sentence.nullable(),
    }),
  ),
  replica: z.strictObject({
    id: z.string().describe('its name in logs'),
    leader: z.boolean().describe('whether it is the server that reads Plane and runs mirrors'),
    database: connection.describe('off: everything is in DATA_DIR'),
  }),
  replicas: z
    .array(
      z.strictObject({
        id: z.string(),
        version: z.string(),
        leader: z.boolean(),
        last_seen: instant,
        differing_settings: z.array(z.string()).describe("settings that differ from the answering server's"),
      }),
    )
    .describe('all servers over the same database, as long as they were seen in the last hour'),
});

const pausedUntil = instant.optional().describe('only while Plane refuses requests: when it is asked again');

/** A resync was started. */
export const syncAnswer = z.strictObject({
  status: z.literal('triggered'),
  message: sentence,
  sync_id: id,
  timestamp: instant,
  paused_until: pausedUntil,
});
/** The last resync. */
export const syncStatusAnswer = z.strictObject({
  status: state,
  last_sync: z
    .strictObject({
      timestamp: instant,
      duration_seconds: z.number(),
      status: z.enum(['success', 'error']),
      events_processed: count,
      errors: count,
    })
    .nullable(),
  next_sync: instant.nullable(),
  queue_length: count,
  paused_until: pausedUntil,
});
/** A delivery was processed. */
export const deliveryAnswer = z.strictObject({
  status: z.literal('processed'),
  message: sentence,
  issue_id: id.nullable(),
  action: z.string().nullable(),
});

/** The session of the page. */
export const sessionAnswer = z.strictObject({
  authenticated: z.boolean(),
  demo: z.boolean(),
  one_click: z.boolean().describe('a visitor of the demo on its own machine needs no token'),
  self_service: z.boolean().describe('whether people can sign in with a Plane API key of their own'),
  role: z.enum(['admin', 'member']).nullable(),
  member: z
    .strictObject({ id, name: z.string(), until: instant.describe('when they have to sign in again') })
    .nullable(),
  version: z.string().optional(),
  uptime: count.optional(),
  public_url: z.url().optional(),
  open: z.boolean().optional().describe('whether readable addresses are served'),
  warnings: z.array(sentence).optional(),
  reached_from_outside: instant.nullable().optional().describe('last request from outside at PUBLIC_URL'),
  defaults: z.record(z.string(), z.string()).optional().describe('FEED_OPTIONS'),
});
/** Service info, for clients that request JSON at the page's address. */
export const serviceAnswer = z.strictObject({
  name: z.literal('plane-ics'),
  description: z.string(),
  status: z.literal('ok'),
  version: z.string().optional(),
  uptime: count.optional(),
  public_url: z.url().optional(),
  open: z.boolean().optional(),
  warnings: z.array(sentence).optional(),
  reached_from_outside: instant.nullable().optional(),
  defaults: z.record(z.string(), z.string()).optional(),
});
/** The admin token, renewed. */
export const adminTokenAnswer = z.strictObject({ token: z.string() });

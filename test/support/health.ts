import type { HealthReport } from '../../src/domain/health.ts';

/** A server that knows of nothing yet. */
export const EMPTY_HEALTH: HealthReport = {
  status: 'ok',
  version: '1.2.3',
  uptimeSeconds: 90,
  replicas: [],
  replica: { id: 'one', leader: true, database: 'off' },
  metrics: {
    projectsSynced: 0,
    eventsCreated: 0,
    eventsUpdated: 0,
    eventsDeleted: 0,
    lastSync: null,
    syncStatus: 'idle',
    caldavConnection: 'off',
    planeApiConnection: 'unknown',
  },
  lastError: null,
  problems: [],
  warnings: [],
  webhook: { address: 'https://calendars.example.com/webhooks/plane', secret: null, lastDelivery: null },
  projects: [],
  budget: { requestsPerMinute: 50, waiting: 0, silentChangeMinutes: null },
  cache: { documents: 0, bytes: 0, maxBytes: 1000 },
  lag: null,
  feeds: [],
  mirrors: [],
};

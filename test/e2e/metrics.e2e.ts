import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { clientEnvironment, run } from '../support/processes.ts';
import { addressOf, createPrograms } from '../support/program.ts';
import { createScratch } from '../support/scratch.ts';
import { needs, PYTHON, python } from './support/clients.ts';

/** The metrics as the Prometheus project's own client for Python reads them. */

const TOKEN = 'metrics-token-of-this-test';
const scratch = createScratch();
const { start } = createPrograms(scratch, [TOKEN]);

const READ = `
import sys
from prometheus_client.parser import text_string_to_metric_families
for family in text_string_to_metric_families(open(sys.argv[1]).read()):
    for sample in family.samples:
        print(family.type, sample.name, sample.labels, sample.value)
`;

needs([python('import prometheus_client.parser', 'python3-prometheus-client')], 'Prometheus', () => {
  test('reads the metrics of the demo, the process included', async () => {
    const address = await addressOf(await start([], { METRICS_TOKEN: TOKEN }));
    for (const path of ['/ics/WEB.ics', '/ics/APP.ics', '/ics/NOPE.ics', '/health']) await fetch(address + path);
    const answer = await fetch(`${address}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const home = await scratch.folder();
    await writeFile(join(home, 'metrics'), await answer.text());
    const { code, stdout, stderr } = await run(PYTHON, ['-c', READ, join(home, 'metrics')], clientEnvironment(home));
    expect([code, stderr]).toEqual([0, '']);
    const read = stdout.split('\n');
    const route = "{'route': 'feed of a project', 'method': 'GET', 'status':";
    expect(read).toEqual(
      expect.arrayContaining([
        `counter plane_ics_http_requests_total ${route} '2xx'} 2.0`,
        `counter plane_ics_http_requests_total ${route} '4xx'} 1.0`,
        "histogram plane_ics_http_request_duration_seconds_count {'kind': 'feed'} 3.0",
        "gauge plane_ics_project_error {'project': 'WEB'} 0.0",
        'gauge plane_ics_plane_up {} 1.0',
        expect.stringMatching(/^gauge nodejs_eventloop_lag_p99_seconds \{\} 0\.\d+$/),
        expect.stringMatching(/^counter process_cpu_seconds_total \{\} \d/),
      ]),
    );
  });
});

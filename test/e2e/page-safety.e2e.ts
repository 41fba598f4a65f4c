import { createServer, request as forward, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { SmallPlane } from '../../src/demo/plane.ts';
import { ALPHA } from '../support/acme.ts';
import { createScratch } from '../support/scratch.ts';
import { CHROMIUM, inPage, PHONE } from './support/browser.ts';
import { file, needs } from './support/clients.ts';
import { createPages } from './support/pages.ts';
import { demoSite, recordedSite, TOKEN } from './support/site.ts';
import { freePort } from './support/free-port.ts';

const scratch = createScratch();
const openPage = createPages(scratch);

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });

/** Attacks, tried in every text that a Plane user can set. */
const IMAGE = '<img src=x onerror=alert(1)>';
const SCRIPT = '"><script>alert(1)</script>';
const ADDRESS = 'javascript:alert(1)';
/** Closes and opens what templates use. */
const TEMPLATE = '${alert(1)}{{1}}</option></title>';
const REVERSED = 'cod\u202egpj.exe';

function hostile({ tables }: SmallPlane): void {
  const project = tables.projects.get(ALPHA);
  if (!project) throw new Error('the recorded project is missing');
  project.row = { ...project.row, name: IMAGE, logo_props: { icon: { color: 'url(https://evil.example/x)' } } };
  const names = [IMAGE, SCRIPT, ADDRESS, REVERSED];
  const titles = new Map([7, 6, 5, 4].map((number, at) => [number, names[at] ?? '']));
  for (const [at, one] of [...project.labels.values()].entries())
    project.labels.set(one.id, { ...one, name: names[at] ?? '', color: 'red;background:url(https://evil.example/x)' });
  for (const [at, one] of [...project.states.values()].entries())
    project.states.set(one.id, { ...one, name: names[at] ?? TEMPLATE });
  for (const [at, one] of [...tables.people.values()].entries())
    tables.people.set(one.id, { ...one, display_name: names[at] ?? TEMPLATE });
  const [labels, assignees] = [[...project.labels.keys()], [...project.members]];
  for (const item of project.items.values()) {
    const name = titles.get(item.sequence_id);
    if (name !== undefined)
      project.items.set(item.id, { ...item, name, labels, assignees, description_html: `<p>${SCRIPT}</p>${IMAGE}` });
  }
}

/** Starts a proxy that passes a path prefix on, or strips it. Returns its port, and the port the server must listen on. */
async function prefixProxy(strips: boolean): Promise<{ port: number; target: number }> {
  const target = await freePort();
  const server = createServer((incoming, response) => {
    const { method, headers, url: path = '/' } = incoming;
    const passed = strips ? path.replace(/^\/cal(?=\/)/, '') : path;
    const outgoing = forward({ port: target, path: passed, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    incoming.pipe(outgoing);
  });
  const port = await listening(server);
  scratch.defer(() => closed(server));
  return { port, target };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function closed(server: Server): Promise<unknown> {
  const done = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  return done;
}

needs([file(CHROMIUM, 'chromium')], 'the page', () => {
  test('shows text from Plane as text everywhere, and never executes it', async () => {
    const site = await recordedSite(scratch, hostile);
    const { page, faults } = await openPage(site.origin);
    const problems: string[] = [];
    const inspect = async (where: string, ...expected: string[]): Promise<void> => {
      const script =
        "document.querySelectorAll('main img, main script, main iframe, [onerror], a[href^=javascript]').length";
      if ((await inPage<number>(page, script)) > 0) problems.push(`${where}: was inserted as an element`);
      const text = await inPage<string>(page, 'document.body.textContent');
      problems.push(...expected.filter((one) => !text.includes(one)).map((one) => `${where}: missing ${one}`));
    };

    await page.goto(`${site.origin}/`);
    await page.getByLabel('Admin token').fill(TOKEN);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: `Get link: ${IMAGE}` }).waitFor();
    await inspect('calendars', IMAGE);
    await page.getByRole('link', { name: `Get link: ${IMAGE}` }).click();
    await page.locator('.bar').first().waitFor();
    await inspect('month', IMAGE);
    for (const field of ['Assigned to', 'Labels', 'States']) {
      await page.getByRole('combobox', { name: field }).click();
      await page.getByRole('option', { name: IMAGE }).waitFor();
      await inspect(field, IMAGE, SCRIPT, ADDRESS);
      if (field === 'Labels') await page.getByRole('option', { name: IMAGE }).click();
      await page.keyboard.press('Escape');
    }
    await button(page, 'Agenda').click();
    await page.locator('.agenda').getByText(ADDRESS).waitFor();
    await inspect('agenda', IMAGE, SCRIPT, 'gpj.exe');
    await page.locator('.event-line', { hasText: ADDRESS }).click();
    await page.locator('.popover').getByText('Open in Plane').waitFor();
    await inspect('an event', ADDRESS);
    expect(await page.locator('.popover a').getAttribute('href')).toMatch(
      /^http:\/\/127\.0\.0\.1:\d+\/acme\/browse\/ALPHA-\d+\/$/,
    );
    await page.keyboard.press('Escape');

    await page.getByLabel('Name', { exact: true }).fill(`${SCRIPT}${IMAGE}`);
    await page.getByLabel('Person or device').fill(IMAGE);
    await button(page, 'Create and copy link').click();
    await page.getByRole('heading', { name: /^Link created/ }).waitFor();
    await inspect('link made');
    await page.goto(`${site.origin}/#/links`);
    await page.locator('.link-card').waitFor();
    await inspect('links', `${SCRIPT}${IMAGE}`);
    await page.locator('.menu summary').click();
    await button(page, /^Revoke /).click();
    await page.getByRole('dialog').waitFor();
    await inspect('dialog', `“${SCRIPT}${IMAGE}” for ${IMAGE} stops working and can’t be restored.`);
    await button(page, 'Cancel').click();
    await page.getByRole('link', { name: /^Edit / }).click();
    await page.locator('.clients').waitFor();
    await inspect('link', `${SCRIPT}${IMAGE}`);
    await page.goto(`${site.origin}/#/status`);
    await page.getByText('Reachable.').waitFor();
    await inspect('status');
    for (const hash of [
      `#/links/${encodeURIComponent(IMAGE)}`,
      `#/new?project=${encodeURIComponent(SCRIPT)}`,
      `#/${IMAGE}`,
      '#/links/%E0%A4%A',
    ]) {
      await page.goto('about:blank');
      await page.goto(`${site.origin}/${hash}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await inspect(hash);
    }

    expect(problems).toEqual([]);
    expect(faults.filter((one) => !one.includes('status of 404'))).toEqual([]);
  });

  test('sends requests to its own server only, and loads at most 150 kB at first', async () => {
    const site = await demoSite(scratch);
    const { page, faults, bytes } = await openPage(site.origin, { countsBytes: true });

    await page.goto(`${site.origin}/`, { waitUntil: 'networkidle' });

    expect(await bytes()).toBeGreaterThan(20_000);
    expect(await bytes()).toBeLessThanOrEqual(150_000);
    expect(faults).toEqual([]);
  });

  test.each([
    ['passes on', false],
    ['strips', true],
  ])('works below a path that a proxy %s', async (_what, strips) => {
    const proxy = await prefixProxy(strips);
    const base = `http://localhost:${proxy.port}/cal/`;
    await demoSite(scratch, { PUBLIC_URL: base, ADMIN_TOKEN: TOKEN, PORT: String(proxy.target) });
    const { page, faults } = await openPage(new URL(base).origin);

    await page.goto(base);
    await page.getByText('Log in with the admin token').click();
    await page.getByLabel('Admin token').fill(TOKEN);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Get link: Website' }).click();
    await page.locator('.bar').first().waitFor();
    await button(page, 'Create and copy link').click();
    await page.getByRole('heading', { name: /^Link created/ }).waitFor();

    const url = (await page.getByLabel('Address of the calendar').textContent()) ?? '';
    expect(url.startsWith(`${base}ics/`)).toBe(true);
    expect(await (await fetch(url)).text()).toMatch(/^BEGIN:VCALENDAR/);
    expect((await page.context().cookies()).map(({ path }) => path)).toEqual(['/cal']);
    await page.goto(`${base}docs`);
    await page.locator('section h2').first().waitFor();
    expect(faults).toEqual([]);
  });

  test('of the API describes every operation', async () => {
    const site = await demoSite(scratch);
    const { page, faults } = await openPage(site.origin);
    const answer = await fetch(`${site.origin}/openapi.json`);
    const { paths } = (await answer.json()) as { paths: Record<string, Record<string, unknown>> };

    await page.setViewportSize(PHONE);
    await page.goto(`${site.origin}/docs`);
    await page.locator('section').first().waitFor();

    const wanted = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((one) => one + path));
    expect(wanted.length).toBeGreaterThan(15);
    expect(await page.locator('section h2').allTextContents()).toEqual(wanted);
    expect(await page.locator('#contents a').allTextContents()).toEqual(wanted);
    expect(await page.locator('#header [aria-current]').allTextContents()).toEqual(['API']);
    await page.locator('#header').getByRole('link', { name: 'Links' }).click();
    await button(page, 'Open the demo').waitFor();
    expect(new URL(page.url()).hash).toBe('#/links');
    expect(faults).toEqual([]);
  });
});

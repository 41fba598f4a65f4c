import { expect, test } from '@jest/globals';
import ICAL from 'ical.js';
import type { Page, Response } from 'playwright-core';
import type { SmallPlane } from '../../src/demo/plane.ts';
import { ALPHA } from '../support/acme.ts';
import { lint } from '../support/linter.ts';
import { createScratch } from '../support/scratch.ts';
import { CHROMIUM, clipboard, type Watched } from './support/browser.ts';
import { command, file, needs } from './support/clients.ts';
import { createPages } from './support/pages.ts';
import { demoSite, recordedSite, TOKEN, type Site } from './support/site.ts';
import { subscribe } from './support/vdirsyncer.ts';

const scratch = createScratch();
const openPage = createPages(scratch);

async function visit({ origin }: Site): Promise<Watched> {
  const watched = await openPage(origin);
  await watched.page.goto(`${origin}/`);
  return watched;
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });
const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name });

/** Fetches and parses the calendar at an address. */
async function fetched(url: string, agent = 'a test'): Promise<{ status: number; text: string; events: ICAL.Event[] }> {
  const answer = await fetch(url, { headers: { 'user-agent': agent } });
  const text = await answer.text();
  const calendar = new ICAL.Component(ICAL.parse(text) as [string, unknown[], unknown[]]);
  const events = calendar.getAllSubcomponents('vevent').map((one) => new ICAL.Event(one));
  return { status: answer.status, text: text.replaceAll('\r\n ', ''), events };
}

/** Returns the events of the preview that an action triggers. */
async function previewed(page: Page, option: string, act: () => Promise<unknown>): Promise<PreviewEvent[]> {
  // Not the response to an earlier choice, which may arrive later than this one is made.
  const isPreview = (response: Response): boolean =>
    response.url().endsWith('/api/v1/preview') && (response.request().postData() ?? '').includes(option);
  const [response] = await Promise.all([page.waitForResponse(isPreview), act()]);
  return ((await response.json()) as { events: PreviewEvent[] }).events;
}

interface PreviewEvent {
  readonly uid: string;
  readonly start: string;
  readonly title: string;
}

/** Chooses a name in a field of the form. */
async function choose(page: Page, label: string, name: string): Promise<void> {
  await page.getByRole('combobox', { name: label }).fill(name.slice(0, 5));
  await page.getByRole('option', { name, exact: true }).click();
}

const COMMA = 'needs, a comma';

/** Adds a label with a comma in its name to three open items and a completed one. */
function withComma({ tables }: SmallPlane): void {
  const project = tables.projects.get(ALPHA);
  const [first] = project?.labels.values() ?? [];
  if (!project || !first) throw new Error('the recorded project has no label');
  const label = { ...first, id: '0b6a2b58-6d4e-4a57-8ac1-2c1f59aa7a01', name: COMMA };
  project.labels.set(label.id, label);
  for (const item of project.items.values())
    if ([2, 9, 11, 30].includes(item.sequence_id))
      project.items.set(item.id, { ...item, labels: [...item.labels, label.id] });
}

needs([file(CHROMIUM, 'chromium'), command('vdirsyncer'), command('khal')], 'the page of the demo', () => {
  test('gives a link to a calendar in three clicks, which vdirsyncer can read', async () => {
    const { page, faults } = await visit(await demoSite(scratch));

    await button(page, 'Open the demo').click();
    await page.getByRole('link', { name: 'Get link: Website' }).click();
    await button(page, 'Create and copy link').click();
    await heading(page, 'Link created and copied').waitFor();

    expect(await clipboard(page)).toBe(await page.getByLabel('Address to send').textContent());
    const url = (await page.getByLabel('Address of the calendar').textContent()) ?? '';
    expect(lint(Buffer.from(await (await fetch(url)).arrayBuffer()))).toEqual([]);
    const subscription = await subscribe(url, await scratch.folder());
    await subscription.sync();
    const { events } = await fetched(url);
    const days = events.map(({ startDate }) => startDate.toString()).sort();
    const listed = await subscription.list(days[0] ?? '', days.at(-1) ?? '');
    expect(events.length).toBeGreaterThan(40);
    expect(listed.map(({ title }) => title).sort()).toEqual(events.map(({ summary }) => summary).sort());
    expect(faults).toEqual([]);
  });

  test('shows a change in Plane without a reload', async () => {
    const { page, faults } = await visit(await demoSite(scratch));
    await button(page, 'Open the demo').click();
    await page.getByRole('link', { name: 'Get link: everything' }).click();
    await page.locator('.bar').first().waitFor();

    await button(page, 'Change something in Plane').click();

    await page.getByText(/^Updated: .*\(changed 1×\)$/).waitFor();
    await page.locator('.has-changed').first().waitFor();
    await button(page, 'Agenda').click();
    await showAll(page);
    await page.getByText('(changed 1×)').first().waitFor();
    expect(faults).toEqual([]);
  });
});

/** Expands the agenda to all events. Returns their titles, sorted. */
async function showAll(page: Page): Promise<string[]> {
  const more = page.locator('.more-button');
  while ((await more.count()) > 0) await more.first().click();
  return (await page.locator('.agenda .event-title').allTextContents()).sort();
}

needs([file(CHROMIUM, 'chromium')], 'the page', () => {
  test('creates a link of what its preview shows, edits it, lists its subscribers, and revokes it', async () => {
    const { page, faults } = await visit(await recordedSite(scratch, withComma));
    const token = page.getByLabel('Admin token');
    await token.fill('not-the-right-token');
    await button(page, 'Log in').click();
    await page.locator('.field-error').getByText('Wrong token.').waitFor();
    expect(faults.splice(0)).toEqual([expect.stringContaining('401')]);
    await token.fill(TOKEN);
    await token.press('Enter');

    // Fill in the form.
    await page.getByRole('link', { name: 'Get link: Alpha' }).click();
    await button(page, 'Agenda').click();
    await page.locator('.event-line').first().waitFor();
    await choose(page, 'Labels', COMMA);
    await choose(page, 'Labels', 'bug');
    await page.getByText('More options').click();
    await page.getByLabel('At 09:00 the day before').check();
    const shown = await previewed(page, '"done":"hide"', () => page.getByLabel('Hide immediately').check());
    await page.getByText(`${shown.length} events`).waitFor();
    const titles = await showAll(page);
    await button(page, 'Create and copy link').click();
    await heading(page, /^Link created/).waitFor();
    const address = page.getByLabel('Address of the calendar');
    const url = (await address.textContent()) ?? '';
    const made = await fetched(url);
    const identity = (one: { uid: string; start: string }): string => `${one.start} ${one.uid}`;
    expect(made.events.map(({ uid, startDate }) => `${startDate.toString()} ${uid}`).sort()).toEqual(
      shown.map(identity).sort(),
    );
    expect(made.events.map(({ summary }) => summary).sort()).toEqual(titles);
    expect(titles.map((one) => /ALPHA-\d+/.exec(one)?.[0]).sort()).toEqual([
      'ALPHA-2',
      'ALPHA-30',
      'ALPHA-35',
      'ALPHA-9',
    ]);
    expect(made.text.match(/^TRIGGER:-PT15H/gm)).toHaveLength(4);

    // View the subscribers, then edit.
    await fetched(url, 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.4.0');
    await page.getByRole('link', { name: 'View subscribers' }).click();
    await page
      .locator('.clients')
      .getByText(/^Thunderbird/)
      .waitFor();
    await page.getByLabel('Name', { exact: true }).fill('Bugs, and "more"');
    await page.getByLabel('Only “Planned”').check();
    await button(page, 'Save changes').click();
    await page.getByText('Saved.').waitFor();
    await page.getByRole('heading', { name: 'Bugs, and "more"', level: 1 }).waitFor();
    const edited = await fetched(url);
    expect(edited.text).toContain('X-WR-CALNAME:Bugs\\, and "more"');
    expect(new Set(edited.events.map(({ summary }) => summary))).toEqual(new Set(['Planned']));
    expect(edited.events.map(({ uid }) => uid).sort()).toEqual(made.events.map(({ uid }) => uid).sort());
    await page.reload();
    await page.getByRole('button', { name: `Remove ${COMMA}` }).waitFor();

    // Rotate the address, then revoke it.
    await button(page, 'New address…').click();
    await button(page, 'Create new address').click();
    const next = (await address.textContent()) ?? '';
    await button(page, 'Done').click();
    expect(next).not.toBe(url);
    expect((await fetched(url)).text).toContain('SUMMARY:This calendar link was disabled');
    expect((await fetched(next)).events).toHaveLength(4);
    const chooseRevoke = async (): Promise<void> => {
      await page.locator('.menu summary').click();
      await button(page, 'Revoke Bugs, and "more"').click();
    };
    await page.getByRole('link', { name: 'Links' }).first().click();
    await chooseRevoke();
    await button(page, 'Cancel').click();
    expect((await fetched(next)).events).toHaveLength(4);
    await chooseRevoke();
    await button(page, 'Revoke').click();
    await page.getByText('No links yet.').waitFor();
    expect((await fetched(next)).text).toContain('SUMMARY:This calendar link was disabled');
    await page.getByText('Revoked (1)').click();
    await page.getByText('Bugs, and "more"').waitFor();
    expect(faults).toEqual([]);
  });
});

import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { aCalDav } from '../support/caldav.ts';
import { createScratch } from '../support/scratch.ts';
import { accessibilityFaults, CHROMIUM, overflow, PHONE } from './support/browser.ts';
import { file, needs } from './support/clients.ts';
import { createPages } from './support/pages.ts';
import { demoSite } from './support/site.ts';

const scratch = createScratch();
const openPage = createPages(scratch);

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });

needs([file(CHROMIUM, 'chromium')], 'the page of mirrors', () => {
  test('creates a mirror after a test and a plan, edits, pauses and removes it', async () => {
    const dav = await aCalDav();
    scratch.defer(dav.close);
    const site = await demoSite(scratch);
    const { page, faults } = await openPage(site.origin);
    await page.goto(`${site.origin}/`);
    await button(page, 'Open the demo').click();
    await page.getByRole('link', { name: 'Mirrors' }).click();
    await page.getByText('No mirrors yet.').waitFor();
    await page.getByRole('link', { name: 'New mirror' }).click();

    // The server.
    await button(page, 'Test connection').click();
    await page.getByText('Enter the address of the server.').waitFor();
    await page.getByLabel('Address', { exact: true }).fill(dav.url);
    await page.getByLabel('User name').fill(dav.username);
    await page.getByLabel('Password', { exact: true }).fill('not-the-password');
    await button(page, 'Test connection').click();
    await page.getByText('Each step').waitFor();
    expect(await page.getByText('What it shows').isVisible()).toBe(false);
    await page.getByLabel('Password', { exact: true }).fill(dav.password);
    await button(page, 'Test connection').click();
    await page.getByText('The connection works.').waitFor();

    // The calendar, what it shows, and the plan.
    await page.getByText('What it shows').waitFor();
    await page.getByLabel('A new calendar').check();
    await page.getByLabel('Name of the new calendar').fill('Team plan');
    await page.getByLabel('Name', { exact: true }).fill('Our mirror');
    await button(page, 'Create and show plan').click();
    await page.getByText(/^[\d,]+ events will be created\.$/).waitFor();
    expect(dav.objects.size).toBe(0);
    await button(page, 'Edit first').click();
    await page.getByText('The connection works.').waitFor();
    await page.getByText('Safety limits').click();
    await page.getByLabel('Keep the edit').check();
    await page.getByLabel('Keep others’ events').uncheck();
    await page.getByText(/^Everything in that calendar that this mirror didn’t create is deleted\./).waitFor();
    await page.getByLabel('Keep others’ events').check();
    await button(page, 'Create and show plan').click();
    await page.getByText(/^[\d,]+ events will be created\.$/).waitFor();
    await button(page, 'Start').click();

    // The running mirror.
    await page.locator('#main').getByText('Up to date').waitFor();
    await page.getByText(/edits there are kept/).waitFor();
    expect(dav.objects.size).toBeGreaterThan(40);
    await page.setViewportSize(PHONE);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    await button(page, 'Show plan').click();
    await page.getByText(/^No changes to write\. [\d,]+ events already up to date\.$/).waitFor();
    await button(page, 'Pause').click();
    await page
      .locator('#main')
      .getByText(/^Paused\. Nothing is written until you resume it, /)
      .waitFor();
    await button(page, 'Resume').click();
    await page.locator('#main').getByText('Up to date').waitFor();
    await page.getByText('Edit what it shows, its safety limits or its login').click();
    await page.getByLabel('Name', { exact: true }).fill('Renamed mirror');
    await page.getByText('Server and login').click();
    expect(await page.getByPlaceholder('Unchanged').inputValue()).toBe('');
    await button(page, 'Save changes').click();
    await page.getByText('Saved. The next run updates the calendar.').waitFor();
    await page.getByRole('heading', { name: 'Renamed mirror', level: 1 }).waitFor();

    await button(page, 'Remove').click();
    await page.getByLabel('Remove the events').check();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByText('Mirror and events removed.').waitFor();
    await page.getByText('No mirrors yet.').waitFor();
    expect(dav.objects.size).toBe(0);
    expect(faults).toEqual([]);
  });
});

import type { Page } from 'playwright-core';

/** Called in each state of the page, with its name. */
export type Look = (state: string) => Promise<void>;

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });

/** Goes through every view of the demo's page, from outside to the last dialog. */
export async function walk(page: Page, origin: string, look: Look): Promise<void> {
  await page.goto(`${origin}/`);
  await button(page, 'Open the demo').waitFor();
  await look('log-in');
  await page.getByText('Log in with the admin token').click();
  await page.getByLabel('Admin token').fill('not-the-right-token');
  await button(page, 'Log in').click();
  await page.getByRole('alert').waitFor();
  await look('wrong token');

  await button(page, 'Open the demo').click();
  await page
    .getByRole('link', { name: /^Get link/ })
    .first()
    .waitFor();
  await look('calendars');
  await builder(page, origin, look);
  const address = await made(page, look);
  await fetch(address, { headers: { 'user-agent': 'Thunderbird/140.4.0' } });
  await links(page, origin, look);

  await page.goto(`${origin}/#/status`);
  await page.getByText('Reachable.').waitFor();
  await look('status');
  await page.goto(`${origin}/docs`);
  await page.locator('section').first().waitFor();
  await page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))");
  await look('docs');
}

async function builder(page: Page, origin: string, look: Look): Promise<void> {
  await page.goto(`${origin}/#/new?project=WEB`);
  await page.locator('.bar').first().waitFor();
  await look('new link');
  await page.getByText('More options').click();
  await page.getByRole('combobox', { name: 'Labels' }).click();
  await page.getByRole('option').first().waitFor();
  await look('names to choose from');
  await page.getByRole('option').first().click();
  await page.getByRole('option').first().click();
  await page.keyboard.press('Escape');
  await look('options');
  await button(page, /^Remove /)
    .first()
    .click();
  await button(page, /^Remove /)
    .first()
    .click();
  await page.keyboard.press('Escape');

  await page
    .getByRole('gridcell')
    .getByRole('button', { name: /entr(?:y|ies):/ })
    .first()
    .click();
  await page.locator('.peek').waitFor();
  await look('a day');
  await page.locator('.peek .event-line').first().click();
  await button(page, 'Back to the day').waitFor();
  await look('an event');
  await page.keyboard.press('Escape');
  await button(page, 'Agenda').click();
  await page.locator('.agenda .event-line').first().waitFor();
  await look('agenda');
}

async function made(page: Page, look: Look): Promise<string> {
  await button(page, 'Create and copy link').click();
  await page.getByRole('heading', { name: /^Link created/ }).waitFor();
  await look('link made');
  await page.getByText('How soon do changes show?').click();
  await button(page, /Thunderbird/).click();
  await page.getByText('On the Network').waitFor();
  await look('link for Thunderbird');
  await button(page, /QR code/).click();
  await page.locator('svg.qr').waitFor();
  await look('link for a phone');
  return (await page.getByLabel('Address of the calendar').textContent()) ?? '';
}

async function links(page: Page, origin: string, look: Look): Promise<void> {
  await page.goto(`${origin}/#/links`);
  await page.locator('.link-card').getByText('Thunderbird').waitFor();
  await look('links');
  await page.getByRole('link', { name: /^Edit / }).click();
  await page.locator('.clients').getByText('Thunderbird').waitFor();
  await look('link');
  await button(page, 'Revoke').click();
  await page.getByRole('dialog').waitFor();
  await look('dialog');
  await button(page, 'Cancel').click();
  await button(page, 'New address').click();
  await button(page, 'Make a new address').click();
  await button(page, 'Done').waitFor();
  await look('new address');
  await button(page, 'Done').click();
}

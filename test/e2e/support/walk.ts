import type { Page } from 'playwright-core';

/** Called with the name of each state of the page. */
export type Inspect = (state: string) => Promise<void>;

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });

/** Visits every view of the demo, from login to the last dialog. Calls `inspect` in each state. */
export async function walk(page: Page, origin: string, inspect: Inspect): Promise<void> {
  await page.goto(`${origin}/`);
  await button(page, 'Open the demo').waitFor();
  await inspect('login');
  await page.getByText('Log in with the admin token').click();
  await page.getByLabel('Admin token').fill('not-the-right-token');
  await button(page, 'Log in').click();
  await page.locator('.field-error').getByText(/token/i).waitFor();
  await inspect('wrong token');

  await button(page, 'Open the demo').click();
  await page
    .getByRole('link', { name: /^Get link/ })
    .first()
    .waitFor();
  await inspect('calendars');
  await builder(page, origin, inspect);
  const address = await createLink(page, inspect);
  await fetch(address, { headers: { 'user-agent': 'Thunderbird/140.4.0' } });
  await links(page, origin, inspect);

  await mirrors(page, origin, inspect);
  await page.goto(`${origin}/#/status`);
  await page.getByText('Reachable.').waitFor();
  await inspect('status');
  await page.goto(`${origin}/docs`);
  await page.locator('section').first().waitFor();
  await page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))");
  await inspect('docs');
}

async function builder(page: Page, origin: string, inspect: Inspect): Promise<void> {
  await page.goto(`${origin}/#/new?project=WEB`);
  await page.locator('.bar').first().waitFor();
  await inspect('new link');
  await page.getByText('Many at once').click();
  await inspect('many links');
  await page.getByText('One link', { exact: true }).click();
  await page.getByText('More options').click();
  await page.getByLabel('Custom', { exact: true }).check();
  await page.getByRole('combobox', { name: 'Labels' }).click();
  await page.getByRole('option').first().waitFor();
  await inspect('names to choose from');
  await page.getByRole('option').first().click();
  await page.getByRole('option').first().click();
  await page.keyboard.press('Escape');
  await inspect('options');
  await button(page, /^Remove /)
    .first()
    .click();
  await button(page, /^Remove /)
    .first()
    .click();
  await page.keyboard.press('Escape');

  await page
    .getByRole('gridcell')
    .getByRole('button', { name: /items?:/ })
    .first()
    // The rest of the day may be an event.
    .click({ position: { x: 12, y: 12 } });
  await page.locator('.popover').waitFor();
  await inspect('a day');
  await page.locator('.popover .event-line').first().click();
  await button(page, 'Back to the day').waitFor();
  await inspect('an event');
  await page.keyboard.press('Escape');
  await button(page, 'Agenda').click();
  await page.locator('.agenda .event-line').first().waitFor();
  await inspect('agenda');
}

async function createLink(page: Page, inspect: Inspect): Promise<string> {
  await button(page, 'Create and copy link').click();
  await page.getByRole('heading', { name: /^Link created/ }).waitFor();
  await inspect('link created');
  await page.getByText('How soon do changes show?').click();
  await button(page, /Thunderbird/).click();
  await page.getByText('On the Network').waitFor();
  await inspect('link for Thunderbird');
  await button(page, /QR code/).click();
  await page.locator('svg.qr').waitFor();
  await inspect('link for a phone');
  return (await page.getByLabel('Address of the calendar').textContent()) ?? '';
}

async function links(page: Page, origin: string, inspect: Inspect): Promise<void> {
  await page.goto(`${origin}/#/links`);
  await page.locator('.link-card').getByText('Thunderbird').waitFor();
  await inspect('links');
  await page.locator('.menu summary').first().click();
  await inspect('actions of a link');
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: /^Edit / }).click();
  await page.locator('.clients').getByText('Thunderbird').waitFor();
  await inspect('link');
  await button(page, 'Revoke…').click();
  await page.getByRole('dialog').waitFor();
  await inspect('dialog');
  await button(page, 'Cancel').click();
  await button(page, 'New address…').click();
  await page.getByLabel('Works for', { exact: true }).check();
  await inspect('grace');
  await button(page, 'Create new address').click();
  await button(page, 'Done').waitFor();
  await inspect('new address');
  await button(page, 'Done').click();
  await page.getByText('Still on the old address:').waitFor();
  await inspect('old address');
}

async function mirrors(page: Page, origin: string, inspect: Inspect): Promise<void> {
  await page.goto(`${origin}/#/mirrors`);
  await page.getByText('No mirrors yet.').waitFor();
  await inspect('no mirrors');
  await page.goto(`${origin}/#/timesheet`);
  await page.getByText('No calendar has hours yet.').waitFor();
  await inspect('no hours');
  await page.goto(`${origin}/#/mirrors/new`);
  await button(page, 'Test connection').waitFor();
  await page.getByText('Which address and which password?').click();
  await page.getByText('Login and certificate', { exact: true }).click();
  await page.getByLabel('Login method').selectOption('oauth2');
  await page.getByLabel('Verify the server’s certificate').uncheck();
  await inspect('mirror server');
}

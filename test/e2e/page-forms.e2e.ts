import { afterAll, expect, test } from '@jest/globals';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { createScratch } from '../support/scratch.ts';
import { accessibilityFaults, CHROMIUM, DESKTOP, inPage, overflow, type Watched } from './support/browser.ts';
import { file, needs } from './support/clients.ts';
import { createPages } from './support/pages.ts';
import { demoSite, type Site } from './support/site.ts';

const scratch = createScratch();
const ofFile = createScratch(afterAll);
const openPage = createPages(scratch);

/** WCAG 1.4.10 asks for this width. */
const NARROW = { width: 320, height: 640 };

/** One server for the tests that create nothing. */
let demo: Promise<Site> | undefined;

/** Opens the form for a new link in the demo; given settings, and so for a test that creates one, in a demo of its own. */
async function openForm(
  options: BrowserContextOptions = {},
  settings?: Readonly<Record<string, string>>,
): Promise<Watched & { readonly origin: string }> {
  const { origin } = await (settings ? demoSite(scratch, settings) : (demo ??= demoSite(ofFile)));
  const watched = await openPage(origin, { reducedMotion: 'reduce', ...options });
  const { page } = watched;
  await page.goto(`${origin}/`);
  await button(page, 'Open the demo').click();
  await page.getByRole('link', { name: 'Get link: Website' }).click();
  await page.locator('.bar').first().waitFor();
  return { ...watched, origin };
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const submit = (page: Page) => button(page, 'Create and copy link');
const labels = (page: Page) => page.getByRole('combobox', { name: 'Labels' });

/** Returns the error that describes the focused field. */
function focusedError(page: Page): Promise<string> {
  return inPage<string>(
    page,
    `(document.activeElement.getAttribute('aria-describedby') ?? '').split(' ')
      .map((id) => document.getElementById(id)).find((one) => one?.matches('.field-error'))?.textContent ?? ''`,
  );
}

/** Returns where an element is on the page, whatever is scrolled. */
function placeOf(page: Page, script: string): Promise<number> {
  return inPage<number>(page, `${script}.getBoundingClientRect().top + scrollY`);
}

interface BadInput {
  readonly error: string;
  readonly enter: (page: Page) => Promise<unknown>;
  readonly correct: (page: Page) => Promise<unknown>;
}

const BAD_INPUT: Readonly<Record<string, BadInput>> = {
  'a negative number': {
    error: 'Enter a whole number from 0 to 99,999.',
    enter: (page) => page.getByLabel('Days to keep completed work').fill('-4'),
    correct: (page) => page.getByLabel('Days to keep completed work').fill('4'),
  },
  'an open brace': {
    error: '“{name” isn’t a placeholder. Insert one of those below.',
    enter: async (page) => {
      await page.getByText('More options').click();
      await page.getByLabel('Custom', { exact: true }).check();
      await page.getByLabel('Title format').fill('{key} {name');
      await page.getByText('More options').click();
    },
    correct: (page) => page.getByLabel('Title format').fill('{key} {name}'),
  },
  'a name left in a filter': {
    error: 'Choose from the list, or clear “zzz”.',
    enter: async (page) => {
      await labels(page).fill('zzz');
      await page.keyboard.press('Tab');
    },
    correct: (page) => labels(page).fill(''),
  },
  'an empty name': {
    error: 'Enter a name.',
    enter: (page) => page.getByLabel('Name', { exact: true }).fill(' '),
    correct: (page) => page.getByLabel('Name', { exact: true }).fill('Ours'),
  },
  'no project': {
    error: 'Choose at least one project.',
    enter: (page) => page.locator('.chips-in label', { hasText: 'Website' }).click(),
    correct: (page) => page.locator('.chips-in label', { hasText: 'Website' }).click(),
  },
  'nothing to show': {
    error: 'Choose at least one.',
    enter: (page) => page.locator('.chips-in label', { hasText: 'Work items' }).click(),
    correct: (page) => page.locator('.chips-in label', { hasText: 'Cycles' }).click(),
  },
};

needs([file(CHROMIUM, 'chromium')], 'a form of the page', () => {
  test('reports each bad input beside its field, in the preview, and by the focus; nothing is created', async () => {
    const { page, faults } = await openForm({}, {});
    const created: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith('/api/v1/links')) created.push(request.url());
    });
    const found: string[] = [];

    for (const [what, { error, enter, correct }] of Object.entries(BAD_INPUT)) {
      await enter(page);
      await page.locator('.preview').getByText(`No preview yet. ${error}`).waitFor();
      if ((await page.locator('.bar').count()) > 0) found.push(`${what}: the preview shows events`);
      await submit(page).click();
      const focused = await focusedError(page);
      if (focused !== error) found.push(`${what}: the focused field has the error "${focused}"`);
      if (!(await page.locator('.field-error', { hasText: error }).isVisible())) found.push(`${what}: not visible`);
      if (await page.locator('#toast .toast').isVisible()) found.push(`${what}: a toast`);
      found.push(...(await accessibilityFaults(page)).map((one) => `${what}: ${one}`));
      await correct(page);
      await page.locator('.bar').first().waitFor();
      if ((await page.locator('.field-error:visible').count()) > 0) found.push(`${what}: the error stays`);
    }

    expect(found).toEqual([]);
    expect(created).toEqual([]);
    await submit(page).click();
    await page.getByRole('heading', { name: /^Link created/ }).waitFor();
    expect(created).toHaveLength(1);
    expect(faults).toEqual([]);
  });

  test('does not move under a click that leaves a filter', async () => {
    const { page, faults } = await openForm();
    const planned = page.getByLabel('Only “Planned”');
    await planned.scrollIntoViewIfNeeded();
    const details = "document.querySelector('input[name^=detail]')";
    await labels(page).pressSequentially('zzz');
    await page.getByText('No matches.').waitFor();
    const box = await planned.boundingBox();
    if (!box) throw new Error('the choice is not visible');
    const before = await placeOf(page, details);

    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2, { delay: 100 });

    expect(await planned.isChecked()).toBe(true);
    expect(await placeOf(page, details)).toBe(before);
    await page.getByText('Choose from the list, or clear “zzz”.', { exact: true }).waitFor();
    expect(faults).toEqual([]);
  });

  test('chooses a name that was typed in full', async () => {
    const { page, faults } = await openForm();
    await labels(page).click();
    const name = (await page.getByRole('option').nth(1).locator('bdi').first().textContent()) ?? '';
    await labels(page).fill(name.toUpperCase());
    await page.getByLabel('Name', { exact: true }).click();
    await button(page, `Remove ${name}`).waitFor();
    expect(await labels(page).inputValue()).toBe('');
    expect(faults).toEqual([]);
  });

  test('selects the choice whose number is typed', async () => {
    const { page } = await openForm();
    await page.getByLabel('Keep forever').check();
    await page.getByLabel('Days to keep completed work').fill('7');
    expect(await page.getByLabel('Keep for', { exact: true }).isChecked()).toBe(true);
  });

  test.each([
    ['a small phone', NARROW],
    ['a desktop', { width: 1280, height: 700 }],
  ])('on %s, Tab loses no focus and hides it nowhere', async (_screen, viewport) => {
    const { page, faults } = await openForm({ viewport });
    await page.getByText('More options').click();
    await page.getByRole('heading', { level: 1 }).focus();
    const problems: string[] = [];
    const passed: string[] = [];

    for (let presses = 0; presses < 60 && passed.at(-1) !== 'Create and copy link'; presses++) {
      await page.keyboard.press('Tab');
      const [name, isLost, isCovered] = await inPage<[string, boolean, boolean]>(
        page,
        `(() => {
          const focused = document.activeElement;
          const name = focused.ariaLabel ?? focused.labels?.[0]?.textContent ?? focused.textContent;
          const [own, bar] = [focused, document.querySelector('.action-bar')].map((one) => one.getBoundingClientRect());
          const isInBar = focused.closest('.action-bar') !== null;
          // The upper edge of the bar is transparent.
          return [name.trim().slice(0, 40), focused === document.body, !isInBar && own.bottom > bar.top + 12];
        })()`,
      );
      passed.push(name);
      if (isLost) problems.push(`lost after ${passed.at(-2) ?? ''}`);
      if (isCovered) problems.push(`${name} is below the action bar`);
    }

    expect(problems).toEqual([]);
    expect(passed.at(-1)).toBe('Create and copy link');
    expect(passed[passed.indexOf('Labels') + 1]).toBe('States');
    expect(faults).toEqual([]);
  });

  test('is not wider than a screen of 320 px, and neither is any other view', async () => {
    const { page, origin, faults } = await openForm({ viewport: NARROW });
    const views = [
      '#/calendars',
      '#/new?all',
      '#/links',
      '#/sources',
      '#/sources/new',
      '#/timesheet',
      '#/mirrors',
      '#/mirrors/new',
      '#/status',
      'docs',
    ];
    const wider: string[] = [];
    for (const view of views) {
      await page.goto(`${origin}/${view}`);
      await page.locator('main h1').waitFor();
      await page.waitForLoadState('networkidle');
      const pixels = await overflow(page);
      if (pixels > 0) wider.push(`${view}: ${pixels} px`);
      wider.push(...(await accessibilityFaults(page)).map((one) => `${view}: ${one}`));
    }
    expect(wider).toEqual([]);
    expect(faults).toEqual([]);
  });

  test('begins at FEED_OPTIONS', async () => {
    const { page } = await openForm({}, { FEED_OPTIONS: 'done=hide&title={name}' });
    await page.getByText('More options').click();
    expect(await page.getByLabel('Hide immediately').isChecked()).toBe(true);
    expect(await page.getByLabel('Name only').isChecked()).toBe(true);
  });

  test('offers common formats of titles, and shows each in the preview', async () => {
    const { page, faults } = await openForm({}, {});
    const sample = page.locator('.sample');
    await page.getByText('More options').click();
    await sample.getByText(/^Example: \[WEB-\d+\] ./).waitFor();
    expect(await page.getByLabel('Title format').isVisible()).toBe(false);
    expect(await page.locator('.disclosure summary .hint').textContent()).toBe('');
    await page.getByLabel('Name first').check();
    await sample.getByText(/^Example: .+ \[WEB-\d+\]$/).waitFor();
    await page.getByLabel('Name only').check();
    await sample.getByText(/^Example: [^[]+$/).waitFor();
    await page.getByLabel('Custom', { exact: true }).check();
    await page.getByLabel('Title format').fill('{key}: {name}');
    await sample.getByText(/^Example: WEB-\d+: ./).waitFor();
    // A bad custom format does not count while another choice is selected.
    await page.getByLabel('Title format').fill('{oops');
    await page.locator('.preview').getByText('No preview yet.').waitFor();
    await page.getByLabel('Key first').check();
    await sample.getByText(/^Example: \[WEB-\d+\] ./).waitFor();
    await submit(page).click();
    await page.getByRole('heading', { name: /^Link created/ }).waitFor();
    expect(faults).toEqual([]);
  });

  test('lists overdue work today, but not for to-dos, and says why', async () => {
    const { page, faults } = await openForm({}, {});
    await page.getByText('More options').click();
    const today = page.getByLabel('Also list in one event today');
    await today.check();
    await page.getByText('1 set').waitFor();
    await page.getByLabel('To-dos', { exact: true }).check();
    expect(await today.isDisabled()).toBe(true);
    const group = page.getByRole('group', { name: 'Overdue work' });
    await group.getByText('Not available for to-dos').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByLabel('Events', { exact: true }).check();
    expect(await today.isChecked()).toBe(true);
    await submit(page).click();
    await page.getByRole('heading', { name: /^Link created/ }).waitFor();
    const url = (await page.getByLabel('Address of the calendar').textContent()) ?? '';
    expect(await (await fetch(url)).text()).toContain('UID:plane-overdue-');
    expect(faults).toEqual([]);
  });

  test('previews titles in the room of their day, and in their own direction', async () => {
    const { page } = await openForm({ viewport: DESKTOP });
    const cropped = await inPage<string[]>(
      page,
      `[...document.querySelectorAll('.bar')].filter((bar) => {
        const rows = Number(getComputedStyle(bar).getPropertyValue('--rows'));
        const text = bar.firstElementChild;
        return text.scrollHeight > text.clientHeight + 1 && bar.clientHeight < rows * 18;
      }).map((bar) => bar.title)`,
    );
    const heights = await inPage<number[]>(
      page,
      "[...document.querySelectorAll('.bar')].map((one) => one.clientHeight)",
    );
    expect(cropped).toEqual([]);
    expect(Math.max(...heights)).toBeGreaterThan(50);

    await button(page, 'Agenda').click();
    for (const more of ['Show earlier', 'Show later'])
      while (await page.locator('.more-button', { hasText: more }).isVisible())
        await page.locator('.more-button', { hasText: more }).click();
    const hebrew = page.locator('.event-title', { hasText: /[\u0590-\u05ff]/ }).first();
    expect(await hebrew.locator('bdi').textContent()).toMatch(/^\[WEB-\d+\]$/);
    const directions = await inPage<string[]>(
      page,
      `[...document.querySelectorAll('.event-title')].filter((one) => /[\\u0590-\\u05ff]/.test(one.textContent))
        .map((one) => getComputedStyle(one).direction)`,
    );
    expect(new Set(directions)).toEqual(new Set(['rtl']));
  });
});

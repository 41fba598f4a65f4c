import { afterEach, describe, expect, test } from '@jest/globals';
import { ConfigError, readConfig } from '../../../src/config/config.ts';
import { parseOptions } from '../../../src/views/options/options.ts';
import { aTestApp, type TestApp } from '../../support/app.ts';
import { lint } from '../../support/linter.ts';
import { aLink, api, ask, unfolded, uidsOf, type Json } from '../ask.ts';

/** FEED_OPTIONS and FEED_WARN_BYTES as subscribers meet them. */

const sites: TestApp[] = [];
afterEach(async () => {
  for (const site of sites.splice(0)) await site.close();
});

async function aSite(config: Parameters<typeof aTestApp>[0]): Promise<TestApp> {
  const site = await aTestApp(config);
  sites.push(site);
  return site;
}

describe('FEED_OPTIONS', () => {
  const feedOptions = parseOptions(new URLSearchParams('title={name}&cancelled=keep&mode=span'));

  test('apply to every public feed, unless its address has other options', async () => {
    const site = await aSite({ feedOptions });
    const plain = await ask(site, '/ics/ALPHA.ics');
    expect(lint(plain.body)).toEqual([]);
    expect(plain.text).toContain('SUMMARY:✗ State Cancelled\r\n');
    expect(unfolded(plain.text)).toContain('from start to target date');
    const asked = await ask(site, '/ics/ALPHA.ics?cancelled=hide&mode=due');
    expect(asked.text).not.toContain('✗');
    expect(asked.text).toContain('SUMMARY:Parent item\r\n');
    expect(unfolded(asked.text)).toContain('on their target date');
    expect((await ask(site, '/ics/all.ics')).text).toContain('SUMMARY:✗ State Cancelled\r\n');
    const same = await ask(site, '/ics/ALPHA.ics?mode=span');
    expect(uidsOf(same.text)).toEqual(uidsOf(plain.text));
  });

  test('apply to links, unless they have other options, and again when those are removed', async () => {
    const site = await aSite({ feedOptions });
    const { id, url, json } = await aLink(site, { options: { cancelled: 'hide' } });
    expect(json.options).toEqual({ cancelled: 'hide' });
    const first = (await ask(site, url)).text;
    expect(first).toContain('SUMMARY:Parent item\r\n');
    expect(first).not.toContain('✗');
    await api(site, 'PATCH', `links/${id}`, { options: { cancelled: null } });
    expect((await ask(site, url)).text).toContain('SUMMARY:✗ State Cancelled\r\n');
  });

  test('of to-dos give way to an address with cycles', async () => {
    const site = await aSite({ feedOptions: parseOptions([['as', 'todo']]) });
    expect((await ask(site, '/ics/ALPHA.ics')).text).toContain('BEGIN:VTODO');
    expect((await ask(site, '/ics/ALPHA.ics?show=cycles')).text).toContain('BEGIN:VEVENT');
    expect((await ask(site, '/ics/ALPHA.ics?show=cycles&as=todo')).status).toBe(400);
  });

  test.each([
    ['mode=later', 'The option "mode" can\'t be "later". Allowed values: due, span, both.'],
    ['done=hide&done=keep', 'The option "done" is given twice. Give it once.'],
    ['as=todo&show=cycles', expect.stringContaining('Use show=items, or as=event.')],
    ['modus=span', expect.stringMatching(/^There is no option "modus". The options are: show, as, mode, /)],
    ['done', 'The option "done" can\'t be "". Allowed values: hide, keep, or a number of days such as 30d.'],
  ])('of %s stop the start with a sentence that says so', (value, fix: unknown) => {
    const begin = 'FEED_OPTIONS is invalid. ';
    const told = ((): readonly string[] => {
      try {
        readConfig({ FEED_OPTIONS: value }, () => '');
        return [];
      } catch (error) {
        return error instanceof ConfigError ? error.problems : [];
      }
    })();
    expect(told.map((one) => one.slice(0, begin.length))).toEqual([begin]);
    expect(told[0]?.slice(begin.length)).toEqual(fix);
  });
});

describe('FEED_WARN_BYTES', () => {
  async function sizes(site: TestApp): Promise<Json[]> {
    return (await api(site, 'GET', 'health')).json.feeds as Json[];
  }

  test('makes a larger calendar say what is wrong and what helps, in itself, in its headers and in health', async () => {
    const site = await aSite({ feedWarnBytes: 8_000 });
    const { id, url } = await aLink(site);
    const { headers, body, text } = await ask(site, url);
    expect(lint(body)).toEqual([]);
    const says = /^it has 16 kB, and .* 8 kB; narrow it with fewer projects, done=hide, past, ahead or detail=brief$/;
    expect(headers['x-feed-warning']).toMatch(says);
    expect(unfolded(text)).toMatch(/^X-WR-CALDESC:.*too large for some apps: it has 16 kB/m);
    const warning = headers['x-feed-warning'];
    expect(await sizes(site)).toEqual([{ feed: `link:${id}`, bytes: body.length, events: 25, warning, lag: null }]);
    expect((await api(site, 'GET', `links/${id}`)).json.size).toMatchObject({ warning });
    const held = await ask(site, url, { 'if-none-match': headers.etag! });
    expect([held.status, held.headers['x-feed-warning']]).toEqual([304, warning]);
  });

  test('says nothing of a calendar that is narrow enough, or made so', async () => {
    const site = await aSite({ feedWarnBytes: 8_000 });
    const { id, url } = await aLink(site);
    await api(site, 'PATCH', `links/${id}`, { options: { ahead: 5, past: 0 } });
    const { headers, text } = await ask(site, url);
    expect(headers).not.toHaveProperty('x-feed-warning');
    expect(text).not.toContain('too large');
    expect(await sizes(site)).toMatchObject([{ warning: null }]);
  });

  test('is a megabyte unless it is set', async () => {
    const site = await aSite({});
    for (let count = 0; count < 40; count++) {
      const html = `<p>${'x'.repeat(900)}</p>`;
      const [id] = [...site.plane.tables.projects.keys()];
      site.plane.createItem(id!, { target_date: '2026-12-03', description_html: html });
    }
    const small = await ask(site, '/ics/ALPHA.ics');
    expect(small.body.length).toBeGreaterThan(40_000);
    expect(small.headers).not.toHaveProperty('x-feed-warning');
    expect(readConfig({}, () => '').feedWarnBytes).toBe(1_000_000);
  });
});

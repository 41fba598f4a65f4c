import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { htmlToText, MAX_TEXT } from '../../src/views/html.ts';
import { fillMarks } from '../../src/views/marks.ts';
import { recordedAnswer } from '../support/recorded.ts';
import { runs } from '../support/runs.ts';
import { unicodeText } from '../support/unicode-text.ts';

describe('a description becomes readable text', () => {
  test.each([
    ['nothing', '<p></p>', ''],
    ['paragraphs', '<p>One</p><p>Two<br>three</p>', 'One\nTwo\nthree'],
    ['a link in code', '<pre><a href="https://a.example/x">here</a></pre>', 'here (https://a.example/x)'],
    ['a link around a picture', '<p>see <a href="https://a.example/x"><img></a></p>', 'see https://a.example/x'],
    ['a whole page', '<html><head><title>t</title></head><body><p>a</p></body><p>b</p></html>', 'a\nb'],
    ['links with their address', '<p><a href="https://a.example/x">here</a></p>', 'here (https://a.example/x)'],
    ['links that are their own text', '<p><a href="https://a.example">https://a.example</a></p>', 'https://a.example'],
    ['lists', '<ul><li><p>a</p></li><li><p>b</p><ul><li><p>c</p></li></ul></li></ul>', '• a\n• b\n  • c'],
    ['numbered lists', '<ol><li>x</li><li>y</li></ol>', '1. x\n 2. y'],
    [
      'task boxes',
      '<ul data-type="taskList"><li data-checked="true" data-type="taskItem"><label><input type="checkbox"><span></span></label><div><p>Milk</p></div></li><li data-checked="false" data-type="taskItem"><label><input></label><div><p>Eggs</p></div></li></ul>',
      '☑ Milk\n☐ Eggs',
    ],
    ['headings and quotes', '<h2>Why</h2><blockquote><p>q</p></blockquote>', 'Why\n> q'],
    ['code', '<pre><code>if (a &lt; b)\n  go()</code></pre>', 'if (a < b)\n  go()'],
    [
      'no scripts, styles or pictures',
      '<script>x</script><style>y</style><p>z<img src="data:a"><image-component src="b"></image-component></p>',
      'z',
    ],
    ['plain text as some clients store it', 'just text & more', 'just text & more'],
  ])('%s', (_what, html, expected) => {
    expect(htmlToText(html)).toBe(expected);
  });

  test('the recorded ones lose no words', () => {
    const long = recordedAnswer('work-items-list').response.body as {
      results: { sequence_id: number; description_html: string }[];
    };
    for (const { description_html: html } of long.results) {
      const words = html
        .replace(/<[^>]*>/g, ' ')
        .replace(/&\w+;/g, ' ')
        .slice(0, 400)
        .split(/\s+/)
        .filter((word) => /^[a-z]{3,}$/.test(word));
      const text = htmlToText(html);
      for (const word of words.slice(0, 10)) expect(text).toContain(word);
    }
  });
});

test('mentioned people have their current names', () => {
  const text = htmlToText(
    '<p>Ask <mention-component entity_identifier="u1" entity_name="user_mention"></mention-component>, or <mention-component entity_identifier="u2"></mention-component>.</p>',
  );
  expect(fillMarks(text, (id) => (id === 'u1' ? 'ada' : undefined), null)).toBe('Ask @ada, or @someone.');
});

test('foreign text cannot pretend to be a mention', () => {
  const text = htmlToText('<p>\ufdd0u1\ufdd1</p>');
  expect(fillMarks(text, () => 'ada', null)).toBe('u1');
});

test('long, deep and broken HTML is bounded', () => {
  for (const html of ['<b>', '<ul><li>', '<blockquote>', '<table><tr><td>', '<p>x', '<a href="']) {
    expect(htmlToText(html.repeat(20_000)).length).toBeLessThanOrEqual(MAX_TEXT);
  }
  expect(htmlToText(`<p>${'word '.repeat(50_000)}</p>`)).toHaveLength(MAX_TEXT);
});

test('any text is survived', () => {
  fc.assert(fc.property(unicodeText({ maxLength: 300 }), (html) => htmlToText(html).length <= MAX_TEXT));
  const tags = fc.constantFrom(
    '<p>',
    '</p>',
    '<ul>',
    '<li data-checked="true">',
    '</li>',
    '<a href=x>',
    '<table>',
    '<td>',
    '<h1>',
    'text',
    '&lt;',
    '<mention-component entity_identifier="x">',
  );
  fc.assert(fc.property(fc.array(tags, { maxLength: 60 }), (parts) => htmlToText(parts.join('')).length <= MAX_TEXT));
});

test('what is plain reads as the converter has it', () => {
  // A comment is nothing to read, and more than is plain.
  const converted = (html: string): string => htmlToText(`<!---->${html}`);
  const text = fc
    .array(
      fc.constantFrom(
        'word',
        'Ünïcode 🎈',
        ' ',
        '  ',
        '\t',
        '\n',
        '\r\n',
        '\f',
        '\u200b',
        '\u00a0',
        '\u2028',
        '"',
        "'",
        '>',
        '/',
        ';',
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join(''));
  const open = fc.constantFrom('<p>', '<p>', '<p class="editor-paragraph-block">', '<p class="">');
  const paragraphs = fc.array(
    fc.tuple(open, text).map(([tag, inner]) => `${tag}${inner}</p>`),
    { minLength: 1, maxLength: 6 },
  );
  const html = fc.oneof(
    text,
    paragraphs.map((list) => list.join('')),
    unicodeText({ maxLength: 40 }),
  );
  fc.assert(
    fc.property(html, (one) => {
      expect(htmlToText(one)).toBe(converted(one));
    }),
    runs(500),
  );
  for (const one of [' a ', '<p> a  b </p>', '<p>a</p><p></p><p> </p><p>b</p>', `<p>${'x '.repeat(2_000)}</p>`])
    expect(htmlToText(one)).toBe(converted(one));
});

/** 17 kB, more than is read of text. */
const LONG = 'A'.repeat(17_000);

describe('what is never shown does not hide what follows it', () => {
  test.each([
    ['a picture in the text', `<img src="data:image/png;base64,${LONG}">`],
    ['an attribute in single quotes', `<img src='data:${LONG}'>`],
    ['an attribute without quotes', `<span data-x=${LONG}></span>`],
    ['a long name of an attribute', `<span ${LONG}></span>`],
    ['a long name of a tag', `<x-${LONG}></x-${LONG}>`],
    ['an embedded picture of Plane', `<image-component src="${LONG}"></image-component>`],
    ['a comment', `<!-- ${LONG} -->`],
    ['a style', `<style>${LONG}</style>`],
    ['a script', `<script>if (a<b) "${LONG}"</script>`],
    ['a CDATA section', `<![CDATA[${LONG}]]>`],
    ['a processing instruction', `<?xml ${LONG}?>`],
    ['white space', ' '.repeat(20_000)],
    ['a data: link around nothing', `<a href="data:text/plain,${LONG}"></a>`],
    ['many classes', `<p class="${'x '.repeat(9_000)}"></p>`],
  ])('%s', (_what, part) => {
    expect(htmlToText(`<p>a</p>${part}<p>b</p>`).split(/\n+/)).toEqual(['a', 'b']);
  });

  test('a link too long to be shown says so, and its text stays', () => {
    expect(htmlToText(`<p>a <a href="https://a.example/${LONG}">here</a> b</p>`)).toBe('a here (…) b');
    expect(htmlToText(`<p>a <a href="javascript:${LONG}">here</a> b</p>`)).toBe('a here b');
  });
});

describe('a text ends with an ellipsis', () => {
  test.each([
    ['of a long text', `<p>${'word '.repeat(300)}</p>`],
    ['of a long text of few kinds', `<b>${'word '.repeat(90_000)}</b>`],
    ['where a text begins behind too much markup', `a${'<b></b>'.repeat(10_000)}b`],
    ['where a text begins behind too much code', `<pre>a${' '.repeat(20_000)}b</pre>`],
  ])('%s', (_what, html) => {
    expect(htmlToText(html)).toMatch(/[^…]…$/);
  });

  test.each([
    ['of a short text', '<p>word</p>'],
    ['of a text of exactly 1,000 characters', `<b>${'x'.repeat(1_000)}</b>`],
    ['where only white space follows', `<pre>a${' \n'.repeat(20_000)}</pre>`],
    ['of deep markup', `${'<b>'.repeat(1_000)}deep${'</b>'.repeat(1_000)}`],
    ['of deep quotes and lists', `${'<blockquote><ul><li>'.repeat(300)}deep`],
  ])('but not %s', (_what, html) => {
    expect(htmlToText(html)).toMatch(/[^…]$/);
  });

  test('exactly when a part of the text is missing', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'ü', '字', '🇰🇷', '&amp;'), maxLength: 200 });
    const noise = fc.constantFrom('<!-- x -->', '<style>y</style>', `<img src="${LONG}">`, '<b></b>', '');
    const wrapped = fc.constantFrom<[string, string]>(
      ['<b>', '</b>'],
      ['<i><u>', '</u></i>'],
      ['<a href="mailto:x@y">', '</a>'],
    );
    const parts = fc.array(fc.tuple(letters, noise, wrapped), { maxLength: 12 });
    const property = fc.property(parts, (list) => {
      const html = list.map(([text, between, [open, close]]) => `${open}${text}${close}${between}`).join('');
      const whole = list.map(([text]) => text.replaceAll('&amp;', '&')).join('');
      const text = htmlToText(html);
      if (whole.length <= MAX_TEXT) expect(text).toBe(whole);
      else expect([text.endsWith('…'), whole.startsWith(text.slice(0, -1))]).toEqual([true, true]);
    });
    fc.assert(property, runs(75));
  });
});

describe('links', () => {
  const PAGE = 'https://plane.example.com/acme/browse/ALPHA-1/';
  const shown = (html: string): string => fillMarks(htmlToText(html), () => undefined, PAGE);

  test.each([
    ['/acme/browse/ALPHA-3/', 'x (https://plane.example.com/acme/browse/ALPHA-3/)'],
    ['../ALPHA-3/', 'x (https://plane.example.com/acme/browse/ALPHA-3/)'],
    ['//other.example/a', 'x (https://other.example/a)'],
    ['/a b', 'x (https://plane.example.com/a%20b)'],
    ['www.example.com/a', 'x (www.example.com/a)'],
    ['https://a.example/a b', 'x (https://a.example/a%20b)'],
    ['HTTP://a.example/', 'x (HTTP://a.example/)'],
    [' https://a.example/ ', 'x (https://a.example/)'],
  ])('to %s is "%s"', (href, expected) => {
    expect(shown(`<p><a href="${href}">x</a></p>`)).toBe(expected);
  });

  test.each([
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    ' java\nscript:alert(1)',
    '&#106;avascript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://a.example/x',
    'mailto:ada@example.com',
    'tel:+4512345678',
    '#heading',
    '',
    ' ',
    'https://',
    'http://[',
  ])('to "%s" are their text alone', (href) => {
    expect(shown(`<p>a <a href="${href}">x</a> b</p>`)).toBe('a x b');
  });

  test('whose text is their address are written once', () => {
    expect(shown('<a href="https://a.example/">https://a.example</a>')).toBe('https://a.example');
    expect(shown('<a href="mailto:ada@example.com">ada@example.com</a>')).toBe('ada@example.com');
  });

  test('inside Plane follow the address of Plane, until which they are marks', () => {
    const text = htmlToText('<a href="/acme/browse/ALPHA-3/">x</a>');
    expect(text).not.toContain('plane.example.com');
    expect(fillMarks(text, () => undefined, 'https://other.example/acme/browse/ALPHA-1/')).toBe(
      'x (https://other.example/acme/browse/ALPHA-3/)',
    );
    expect(fillMarks(text, () => undefined, null)).toBe('x (/acme/browse/ALPHA-3/)');
  });

  test('and people at the cut are left out whole', () => {
    const person = '<mention-component entity_identifier="00000000-0000-4000-8000-000000000001"></mention-component>';
    for (let before = 900; before <= 1_000; before++)
      for (const html of [person, '<a href="/acme/browse/ALPHA-3/">x</a>']) {
        const text = shown(`${'w'.repeat(before)} ${html} ${'y'.repeat(1_000)}`);
        expect(
          text.replaceAll('x (https://plane.example.com/acme/browse/ALPHA-3/)', '').replaceAll('@someone', ''),
        ).toMatch(/^w+(?: x?(?: y*)?)?…$/);
      }
  });
});

test('no reference to a character pretends to be a mark', () => {
  for (const html of [
    '&#xfdd0;u1&#xfdd1;',
    '&#xFDD0u1&#64977;',
    '&#xfd<!---->d0;u1&#xfdd1;',
    '&#x0000fdd0;u1&#x0000fdd1;',
  ])
    expect(fillMarks(htmlToText(`<p>${html}</p>`), () => 'ada', null)).not.toContain('ada');
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { htmlToText, MAX_TEXT, nameMentions } from '../../src/calendar/html.ts';
import { recordedAnswer } from '../support/recorded.ts';

describe('a description becomes readable text', () => {
  test.each([
    ['nothing', '<p></p>', ''],
    ['paragraphs', '<p>One</p><p>Two<br>three</p>', 'One\nTwo\nthree'],
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

test('people who are mentioned are named by the names of today', () => {
  const text = htmlToText(
    '<p>Ask <mention-component entity_identifier="u1" entity_name="user_mention"></mention-component>, or <mention-component entity_identifier="u2"></mention-component>.</p>',
  );
  expect(nameMentions(text, (id) => (id === 'u1' ? 'ada' : undefined))).toBe('Ask @ada, or @someone.');
});

test('foreign text cannot pretend to be a mention', () => {
  const text = htmlToText('<p>\ufdd0u1\ufdd1</p>');
  expect(nameMentions(text, () => 'ada')).toBe('u1');
});

test('long, deep and broken HTML is bounded', () => {
  for (const html of ['<b>', '<ul><li>', '<blockquote>', '<table><tr><td>', '<p>x', '<a href="']) {
    expect(htmlToText(html.repeat(20_000)).length).toBeLessThanOrEqual(MAX_TEXT);
  }
  expect(htmlToText(`<p>${'word '.repeat(50_000)}</p>`)).toHaveLength(MAX_TEXT);
});

test('any text is survived', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (html) => htmlToText(html).length <= MAX_TEXT));
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
    fc.string({ unit: 'binary', maxLength: 40 }),
  );
  fc.assert(
    fc.property(html, (one) => {
      expect(htmlToText(one)).toBe(converted(one));
    }),
    { numRuns: 2_000 },
  );
  for (const one of [' a ', '<p> a  b </p>', '<p>a</p><p></p><p> </p><p>b</p>', `<p>${'x '.repeat(2_000)}</p>`])
    expect(htmlToText(one)).toBe(converted(one));
});

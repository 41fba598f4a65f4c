import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mkcalendarBody, multigetBody, propfindBody } from '../../../src/caldav/xml/bodies.ts';
import { failedConditions, parseMultistatus } from '../../../src/caldav/xml/multistatus.ts';
import { dav } from '../../../src/caldav/xml/names.ts';
import { escapeXml, parseXml, withoutForbidden } from '../../../src/caldav/xml/xml.ts';
import { AppError } from '../../../src/domain/errors.ts';
import { failed, found, multistatusText } from '../support.ts';
import { unicodeText } from '../../support/unicode-text.ts';

const invalid = expect.objectContaining({ code: 'caldav_invalid_response' });

/** What a parser threw. */
function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('XML', () => {
  test('any text survives escaping and parsing, but for what XML forbids', () => {
    fc.assert(
      fc.property(unicodeText({ maxLength: 200 }), (text) => {
        const kept = withoutForbidden(text.toWellFormed());
        expect(parseXml(`<a>${escapeXml(text)}</a>`).text).toBe(kept);
        expect(parseXml(`<a b="${escapeXml(text)}"/>`).attributes.get('b')?.length).toBe(kept.length);
      }),
    );
    expect(parseXml(`<a>${escapeXml('\r\n<&>"\'\u0008')}</a>`).text).toBe('\r\n<&>"\'');
  });

  test('names are by namespace, not by prefix', () => {
    const root = parseXml('<x:a xmlns:x="DAV:"><b xmlns="urn:x"/><x:c n="1" x:n="2"/></x:a>');
    expect([root.name, ...root.children.map(({ name }) => name)]).toEqual([dav('a'), '{urn:x}b', dav('c')]);
    expect([...root.children[1]!.attributes]).toEqual([['n', '1']]);
  });

  test('text and CDATA are one, untrimmed', () => {
    expect(parseXml('<a> a &amp; b <![CDATA[<c> &#8; ]]> d\n</a>').text).toBe(' a & b <c> &#8;  d\n');
  });

  test('forgives control characters, as such and as references', () => {
    expect(parseXml('\uFEFF<a>1\u0008\u000b2&#8;3&#x0B;4&#x1f;5&#9;6&#10;7&#xFFFE;8\uFFFF9</a>').text).toBe(
      '12345\t6\n789',
    );
  });

  test.each([
    ['nothing', ''],
    ['half of it', '<a><b>text</b>'],
    ['half a tag', '<a><b'],
    ['an open CDATA section', '<a><![CDATA[x'],
    ['something behind it', '<a/>rubbish'],
    ['a second root', '<a/><b/>'],
    ['tags that cross', '<a><b></a></b>'],
    ['an undeclared prefix', '<x:a/>'],
    ['an entity of its own', '<a>&nbsp;</a>'],
    ['a DOCTYPE', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
    ['65 levels', '<a>'.repeat(65) + '</a>'.repeat(65)],
    ['no XML', '{"a":1}'],
  ])('refuses %s', (_what, text) => {
    expect(thrownBy(() => parseXml(text))).toEqual(invalid);
  });

  test('no input makes it throw anything else, or take long', () => {
    const part = fc.constantFrom(
      '<a>',
      '</a>',
      '<![CDATA[',
      ']]>',
      '&#8;',
      '&amp;',
      '<',
      '>',
      '\u0000',
      ' b="',
      '"',
      'x',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
        try {
          parseXml(parts.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }),
    );
    expect(thrownBy(() => parseXml(`<a>${'<![CDATA['.repeat(200_000)}`))).toEqual(invalid);
  });
});

describe('a multistatus', () => {
  test('has resources, statuses and properties', () => {
    const notFound =
      '<d:propstat><d:prop><d:b/></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response>';
    const responses = parseMultistatus(
      multistatusText(
        found('/a', '<d:getetag>1.10</d:getetag>').replace('</d:response>', notFound) +
          failed(' /b</d:href><d:href>/c ', 423, '<d:error><c:no-uid-conflict/></d:error>'),
      ),
    );
    expect(responses.map(({ href, status, worst }) => [href, status, worst])).toEqual([
      ['/a', 200, 404],
      ['/b', 423, 423],
      ['/c', 423, 423],
    ]);
    expect(responses[0]!.props.get(dav('getetag'))?.text).toBe('1.10');
    expect(responses[0]!.props.has(dav('b'))).toBe(false);
    expect(responses[1]!.conditions).toEqual(['{urn:ietf:params:xml:ns:caldav}no-uid-conflict']);
  });

  test.each([
    ['another root', '<a/>'],
    ['the name in another namespace', '<multistatus/>'],
    ['no href', multistatusText('<d:response><d:status>HTTP/1.1 200 OK</d:status></d:response>')],
    ['no readable status', multistatusText(failed('/a', 42))],
  ])('is refused with %s', (_what, text) => {
    expect(thrownBy(() => parseMultistatus(text))).toEqual(invalid);
  });

  test('conditions are read from errors too, and from pages never', () => {
    expect(failedConditions('<error xmlns="DAV:"><quota-not-exceeded/></error>')).toEqual([dav('quota-not-exceeded')]);
    expect(failedConditions('<html><body>413<br></html>')).toEqual([]);
    expect(failedConditions('Bad request')).toEqual([]);
  });
});

test('bodies are well-formed, whatever they contain', () => {
  const href = '/c/"<&>\'.ics';
  expect(parseXml(multigetBody([href])).children[1]!.text).toBe(href);
  const made = parseXml(mkcalendarBody('A & <B>', ['VEVENT', 'VTODO'])).children[0]!.children[0]!;
  expect(made.children[0]!.text).toBe('A & <B>');
  expect(made.children[1]!.children.map(({ attributes }) => attributes.get('name'))).toEqual(['VEVENT', 'VTODO']);
  expect(parseXml(propfindBody([dav('getetag')])).children[0]!.children[0]!.name).toBe(dav('getetag'));
});

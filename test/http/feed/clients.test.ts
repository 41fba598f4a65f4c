import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { clientNamed, clientOf } from '../../../src/http/feed/clients.ts';
import { unicodeText } from '../../support/unicode-text.ts';

describe('only opens an address, and never subscribes:', () => {
  test.each([
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Safari/605.1.15',
    'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
    'Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko',
  ])('the browser %s', (agent) => {
    expect(clientOf(agent)).toMatchObject({ name: 'a browser', subscribes: false });
  });

  test.each([
    'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
    'Slack-ImgProxy (+https://api.slack.com/robots)',
    'Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com',
    'Mozilla/5.0 (compatible; MicrosoftPreview/2.0; +https://aka.ms/MicrosoftPreview)',
    'WhatsApp/2.23.20.0',
    'WhatsApp/2',
    'TelegramBot (like TwitterBot)',
    'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)',
    'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
    'facebookexternalhit/1.1;line-poker/1.0',
    'meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)',
    'Twitterbot/1.0',
    'LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)',
    'Mattermost-Bot/1.1',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0',
    'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0',
    'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/100 Safari/537.36 BingPreview/1.0b',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)',
    'Mozilla/5.0 (compatible; ZulipURLPreview/9.0; +https://zulip.com)',
    'Synapse (bot; +https://github.com/matrix-org/synapse)',
  ])('the preview %s', (agent) => {
    expect(clientOf(agent)).toMatchObject({ name: 'a link preview', subscribes: false });
  });
});

test.each([
  ['Google-Calendar-Importer', 'Google Calendar'],
  ['Mozilla/5.0 (compatible; Google-Calendar-Importer; +http://www.google.com)', 'Google Calendar'],
  ['iOS/17.5.1 (21F90) dataaccessd/1.0', 'Apple Calendar'],
  ['macOS/14.5 (23F79) CalendarAgent/988', 'Apple Calendar'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Thunderbird/153.7.0', 'Thunderbird'],
  ['Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17328; Pro)', 'Outlook'],
  ['Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; ms-office; MSOffice 16)', 'Outlook'],
  ['Nextcloud Webcal Service', 'Nextcloud'],
  ['curl/8.5.0', 'curl'],
  ['', 'another program'],
  ['robotics-calendar/1.0', 'another program'],
])('%s subscribes as %s', (agent, name) => {
  expect(clientOf(agent)).toMatchObject({ name, subscribes: true });
});

test('every family is found by its name, and any text is of one', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), unicodeText({ maxLength: 2_000 })), (agent) => {
      const family = clientOf(agent);
      expect(clientNamed(family.name)).toBe(family);
      expect(clientOf(agent)).toBe(family);
    }),
  );
});

import { expect, test } from '@jest/globals';
import { SECRET_NAMES, SETTING_NAMES } from '../../src/config/settings.ts';
import { unknownSettings } from '../../src/config/unknown-settings.ts';
import { PLANE, read } from '../support/config.ts';

test.each([
  ['PLANE_PROJECT', 'Did you mean PLANE_PROJECTS?'],
  ['PLANE_TOKEN_KEY', 'Did you mean PLANE_API_KEY?'],
  ['PLANE_APIKEY', 'Did you mean PLANE_API_KEY?'],
  ['PLANE_API_KEYFILE', 'Did you mean PLANE_API_KEY_FILE?'],
  ['FEED_ACESS', 'Did you mean FEED_ACCESS?'],
  ['MIRROR_USER', 'Did you mean MIRROR_URL?'],
  ['MIRROR_SOMETHING_ELSE_ALTOGETHER', 'Its name may be misspelled.'],
  ['SOURCE_CALENDAR_1', 'Its name may be misspelled.'],
])('%s: %s', (name, hint) => {
  expect(unknownSettings({ [name]: 'secret' })).toEqual([`${name} is set, but there is no such setting. ${hint}`]);
});

test('is a warning of the settings, not a problem', () => {
  expect(read({ ...PLANE, PLANE_PROJECT: 'WEB' }).warnings).toEqual([
    'PLANE_PROJECT is set, but there is no such setting. Did you mean PLANE_PROJECTS?',
  ]);
});

test('no warning for known names, empty ones, and those of other programs', () => {
  const names = [
    ...SETTING_NAMES,
    ...SECRET_NAMES.map((name) => `${name}_FILE`),
    ...['PLANE_API_SERVICE_HOST', 'PLANE_API_SERVICE_PORT_HTTP', 'PLANE_API_PORT_80_TCP_ADDR', 'PATH', 'PLANET'],
    ...['SOURCE_DATE_EPOCH', 'PLANE_ICS', 'PLANE_ICS_VERSION', 'plane_url', 'DATA_FOLDER'],
  ];
  const set = Object.fromEntries(names.map((name) => [name, 'x']));
  expect(unknownSettings({ ...set, PLANE_API_PORT: 'tcp://10.0.0.1:80', PLANE_PROJECT: ' ' })).toEqual([]);
});

test('a long name is cut, and takes no longer to compare', () => {
  const [warning] = unknownSettings({ [`PLANE_${'X'.repeat(100_000)}`]: '1' });
  expect(warning!.length).toBeLessThan(150);
});

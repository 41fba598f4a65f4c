import { isAllowEntry } from '../../sources/calendars/fetch/reach.ts';
import { listOf, oneOf } from '../values.ts';
import type { SettingRows } from './row.ts';

/** Calendars that are not Plane's. */
export const sourceRows = {
  SOURCE_ALLOW: {
    schema: listOf('must name at least one host or network').refine(
      (entries) => entries.every(isAllowEntry),
      'must be host names, IP addresses and CIDR blocks, separated by commas, such as nextcloud.lan,192.168.1.0/24',
    ),
    doc: 'Hosts, IP addresses and networks that [sources](sources.md) may be read from although they are on this machine or in a private network: `nextcloud.lan,192.168.1.0/24`. Public addresses are always allowed.',
    example: 'nextcloud.lan,192.168.1.0/24',
    reloadable: true,
  },
  SOURCE_PROXY: {
    schema: oneOf('true', 'false'),
    doc: '`true` reads sources through `HTTPS_PROXY` and `HTTP_PROXY`. Then the proxy decides which addresses can be reached: where a name leads is not known here.',
    default: 'false',
  },
} as const satisfies SettingRows;

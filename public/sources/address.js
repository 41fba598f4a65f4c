/** @import { CalendarSource } from '../app/types.js' */
import { withProtocol } from '../ui/address.js';

/** The address of a source, as people enter it. */

const EXAMPLES = {
  ics: 'Enter a web address, such as https://example.org/holidays.ics',
  caldav: 'Enter a web address, such as https://cloud.example.org',
};
const WEBCAL = /^webcals?:/i;

/** Returns an address with a scheme: https where it has none. @param {string} address */
export function withScheme(address) {
  return WEBCAL.test(address) ? address : withProtocol(address);
}

/** Returns what is wrong with an address, or an empty text. @param {string} text @param {CalendarSource['kind']} kind @param {boolean} isOptional */
export function addressError(text, kind, isOptional) {
  const address = text.trim();
  if (address === '') return isOptional ? '' : 'Enter the address.';
  const [scheme = 'https'] = /^[a-z][a-z\d+.-]*(?=:\/\/)/i.exec(address) ?? [];
  const isKnown = /^(?:https?|webcals?)$/i.test(scheme) && (kind === 'ics' || !WEBCAL.test(address));
  return isKnown && URL.canParse(withScheme(address).replace(WEBCAL, 'https:')) ? '' : EXAMPLES[kind];
}

import { LOCALE } from '../../ui/time.js';

/** Instants on the clock of a time zone. */

/** @type {Map<string, { time: Intl.DateTimeFormat, day: Intl.DateTimeFormat }>} */
const formats = new Map();

/** The formats of a zone; those of UTC where the browser doesn't know it. @param {string} zone */
function formatsOf(zone) {
  const known = formats.get(zone);
  if (known) return known;
  try {
    const time = new Intl.DateTimeFormat(LOCALE, { timeStyle: 'short', timeZone: zone });
    const day = new Intl.DateTimeFormat('en-CA', { dateStyle: 'short', timeZone: zone });
    formats.set(zone, { time, day });
    return { time, day };
  } catch {
    return formatsOf('UTC');
  }
}

/** Returns the day of an instant, as YYYY-MM-DD. @param {string} instant @param {string} zone IANA */
export function dayIn(instant, zone) {
  return formatsOf(zone).day.format(new Date(instant));
}

/** "09:00–10:30", or "23:00–01:00 the next day". @param {string} start an instant @param {string} end @param {string} zone IANA */
export function timesIn(start, end, zone) {
  const { time } = formatsOf(zone);
  const times = `${time.format(new Date(start))}–${time.format(new Date(end))}`;
  return dayIn(start, zone) === dayIn(end, zone) ? times : `${times} the next day`;
}

/** "1:30". @param {number} minutes */
export function hours(minutes) {
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
}

/** "1 hour 30 minutes". @param {number} minutes */
export function lengthInWords(minutes) {
  const whole = Math.floor(minutes / 60);
  const rest = minutes % 60;
  const parts = [
    whole === 0 ? null : `${whole} ${whole === 1 ? 'hour' : 'hours'}`,
    rest === 0 && whole > 0 ? null : `${rest} ${rest === 1 ? 'minute' : 'minutes'}`,
  ];
  return parts.filter((one) => one !== null).join(' ');
}

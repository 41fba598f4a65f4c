import ICAL from 'ical.js';
import { inOrder, type Sight } from './expected.ts';

/** What ical.js reads in a calendar of events. */
export function sightsOf(text: string): Sight[] {
  const calendar = new ICAL.Component(ICAL.parse(text) as unknown[]);
  const events = calendar.getAllSubcomponents('vevent').map((event) => ({
    day: String(event.getFirstPropertyValue('dtstart')),
    title: String(event.getFirstPropertyValue('summary')),
  }));
  return inOrder(events);
}

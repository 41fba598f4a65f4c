/** @import { CalendarSource, View, ViewContext } from '../app/types.js' */
import { guardUnsavedEdits } from '../app/unsaved.js';
import { fill, focusHeading, foreign, h, poll, refresh } from '../ui/dom.js';
import { busy, load, note, showToast } from '../ui/notice.js';
import { ago, count } from '../ui/time.js';
import { readButton, removalNote, removeSource } from './actions.js';
import { sources } from './api.js';
import { droppedList } from './dropped.js';
import { sourceForm } from './form.js';
import { intervalInWords, KINDS, stateLine } from './words.js';

const POLL_MS = 5000;

/** One source: its status, and the form to edit it. @param {ViewContext} context @returns {View} */
export function sourceView({ id, signal }) {
  const heading = h('h1', {}, 'Source');
  const region = h('div', { class: 'stack' });
  const crumb = h('p', { class: 'crumb' }, h('a', { href: '#/sources' }, 'Sources'));
  const element = h('div', { class: 'narrow' }, crumb, heading, region);
  void load(region, () => sources.get(id), draw, signal, 'panels');
  return { title: 'Source', element };

  /** @param {CalendarSource} first */
  function draw(first) {
    let source = first;
    const status = h('div', { class: 'stack' });
    const editor = h('div', {});

    /** @param {CalendarSource} next */
    function show(next) {
      source = next;
      fill(heading, foreign(next.name));
      document.title = `${next.name} · plane-ics`;
      refresh(status, ...statusParts(next, showChanged));
    }

    /** Shows what was done here, although a button that did it has the focus. @param {CalendarSource} next */
    function showChanged(next) {
      fill(status);
      show(next);
      if (document.activeElement === document.body) focusHeading();
    }

    function drawEditor() {
      const saved = (/** @type {CalendarSource} */ next) => {
        showChanged(next);
        drawEditor();
        focusHeading();
      };
      fill(editor, editForm(source, saved));
    }

    show(first);
    drawEditor();
    const update = () =>
      sources.get(id).then(
        (next) => signal.aborted || show(next),
        () => undefined,
      );
    poll(update, POLL_MS, signal);
    const panel = h('section', { class: 'panel source' }, h('h2', {}, 'Status'), status);
    panel.append(actions(() => source, showChanged));
    return [panel, h('section', { class: 'panel' }, h('h2', {}, 'Edit'), editor)];
  }

  /** @param {CalendarSource} current @param {(source: CalendarSource) => void} saved */
  function editForm(current, saved) {
    const form = sourceForm({
      current,
      submit: 'Save changes',
      save: async (body) => {
        const next = await sources.edit(id, body);
        form.markSaved();
        showToast('Saved.');
        saved(next);
      },
    });
    guardUnsavedEdits(form.isEdited, signal);
    return form.element;
  }
}

/** @param {() => CalendarSource} source as last loaded @param {(source: CalendarSource) => void} changed */
function actions(source, changed) {
  const remove = h('button', { type: 'button', class: 'risky' }, 'Delete…');
  remove.addEventListener('click', () =>
    busy(remove, async () => {
      if (await removeSource(source())) location.hash = '#/sources';
    }),
  );
  const query = new URLSearchParams({ calendar: source().id });
  return h(
    'div',
    { class: 'row-actions' },
    readButton(source(), changed),
    h('a', { class: 'button', href: `#/new?${query}` }, 'Get link'),
    remove,
  );
}

/** @param {CalendarSource} source @param {(source: CalendarSource) => void} changed */
function statusParts(source, changed) {
  const {
    kind,
    url,
    username,
    components,
    last_change: change,
    refresh_seconds: seconds,
    tls_verify: isVerified,
  } = source;
  /** @type {([string, Node | string] | null)[]} */
  const rows = [
    [
      'Address',
      h(
        'span',
        {},
        `${KINDS[kind]}: `,
        foreign(url),
        username === null ? '' : ', as ',
        username === null ? '' : foreign(username),
      ),
    ],
    source.calendar_name === null ? null : ['Its own name', foreign(source.calendar_name)],
    ['Events', count(components, 'event')],
    ['Refreshes', intervalInWords(seconds)],
    change === null ? null : ['Last change', ago(change)],
    source.timesheet ? ['Hours', hoursLink(source)] : null,
  ];
  return [
    stateLine(source),
    removalNote(source, changed),
    isVerified ? null : note('warn', 'The server’s certificate is not verified.'),
    h('dl', { class: 'facts' }, ...rows.map((row) => row && h('div', {}, h('dt', {}, row[0]), h('dd', {}, row[1])))),
    droppedList(source.dropped),
  ];
}

/** Whose hours it contains, with a link to them. @param {CalendarSource} source */
function hoursLink({ id, timesheet }) {
  const query = new URLSearchParams({ source: id });
  return h(
    'span',
    {},
    foreign(timesheet?.member.name ?? ''),
    '’s – ',
    h('a', { href: `#/timesheet?${query}` }, 'show in the timesheet'),
  );
}

/** @import { Member, Mirror, Plan, Project, ServerTest, View, ViewContext } from '../app/types.js' */
import { api } from '../app/api.js';
import { careFields } from './safety-limits.js';
import { fill, h } from '../ui/dom.js';
import { createForm } from '../feeds/form.js';
import { keepEdits } from '../app/unsaved.js';
import { mirrors } from './api.js';
import { whereWords } from './words.js';
import { busy, load, say } from '../ui/notice.js';
import { readOptions } from '../feeds/options.js';
import { planPanel } from './plan.js';
import { scopeOfQuery } from '../feeds/scope.js';
import { serverFields, testSteps } from './server.js';
import { targetFields } from './target.js';

const NAME_HINT = 'It tells your mirrors apart.';

/** A new mirror, in four steps on one page. @param {ViewContext} context @returns {View} */
export function mirrorNewView({ session, query, signal }) {
  const region = h('div', { class: 'wizard' });
  const crumb = h('p', { class: 'crumb' }, h('a', { href: '#/mirrors' }, 'Mirrors'));
  const element = h('div', {}, crumb, h('h1', {}, 'New mirror'), region);
  const work = () => Promise.all([api.projects(), api.members()]);
  void load(region, work, ([projects, members]) => draw(projects, members), signal);
  return { title: 'New mirror', element };

  /** @param {Project[]} projects @param {Member[]} members */
  function draw(projects, members) {
    const server = serverFields({ changed: setAside });
    const test = h('button', { type: 'submit', class: 'primary large' }, 'Test connection');
    const answer = h('div', { 'aria-live': 'polite' });
    const first = step(
      1,
      'Server',
      h('form', { novalidate: true, onsubmit: tryIt }, server.element, h('div', { class: 'actions start' }, test)),
      answer,
    );
    const later = h('div', { class: 'wizard', hidden: true });
    const second = h('div', {});
    /** @type {ReturnType<typeof createForm> | null} */
    let form = null;
    /** @type {ReturnType<typeof targetFields> | null} */
    let target = null;
    let options = readOptions({}, session.defaults);
    const care = careFields();
    let isDone = false;
    keepEdits(() => !isDone && !later.hidden, signal);

    /** What was tested is another now. */
    function setAside() {
      later.hidden = true;
      fill(answer);
    }

    /** @param {Event} event */
    function tryIt(event) {
      event.preventDefault();
      const wish = server.wish();
      if (!wish) return say('Enter the address of the server.', 'bad');
      void busy(test, async () => {
        fill(answer, h('p', { class: 'hint' }, 'Asking the server…'));
        try {
          took(await mirrors.test(wish));
        } catch (error) {
          fill(answer);
          throw error;
        }
      });
    }

    /** @param {ServerTest} result @param {string} [chosen] */
    function took(result, chosen) {
      fill(answer, testSteps(result));
      later.hidden = result.error !== null;
      if (result.error !== null) return;
      const usual = result.calendars.length === 1 ? (result.calendars[0]?.url ?? '') : '';
      target = targetFields(result.calendars, { start: chosen ?? usual, name: 'Plane' });
      target.suit(options);
      fill(second, target.element);
      if (form === null) drawLater();
      const heading = later.querySelector('h2');
      heading?.scrollIntoView({ block: 'start' });
      heading?.focus({ preventScroll: true });
    }

    function drawLater() {
      form = createForm({
        scope: scopeOfQuery(query, projects, members),
        name: '',
        options,
        projects,
        members,
        session,
        signal,
        hint: NAME_HINT,
        changed: (next) => {
          options = next;
          target?.suit(next);
        },
      });
      const create = h('button', { type: 'submit', class: 'primary large' }, 'Create and see the plan');
      const careful = h('details', { class: 'disclosure' }, h('summary', {}, 'How careful it is'), care.element);
      const told = h('span', { class: 'hint' }, 'Nothing is written yet.');
      const bar = h('div', { class: 'action-bar' }, create, form.toPreview, told);
      const left = h('form', { class: 'builder-form', novalidate: true }, form.fields, careful, bar);
      left.addEventListener('submit', (event) => {
        event.preventDefault();
        const [to, calendar, what] = [server.wish(), target?.wish(), form?.wish(false)];
        if (to && calendar && what) void busy(create, () => add({ ...what, server: to, calendar, ...care.wish() }));
      });
      fill(
        later,
        step(2, 'Calendar', second),
        h('section', {}, stepName(3, 'What it shows'), h('div', { class: 'builder' }, left, form.preview)),
      );
    }

    /** Makes it paused, so that its plan is seen before anything is written. @param {object} wish */
    async function add(wish) {
      const mirror = await mirrors.add({ ...wish, paused: true });
      isDone = true;
      const panel = h('div', {});
      fill(region, step(4, 'Start', panel));
      scrollTo(0, 0);
      region.querySelector('h2')?.focus({ preventScroll: true });
      await load(
        panel,
        () => mirrors.plan(mirror.id),
        (plan) => start(mirror, plan),
        signal,
      );
    }

    /** @param {Mirror} mirror @param {Plan} plan */
    function start(mirror, plan) {
      const here = `#/mirrors/${encodeURIComponent(mirror.id)}`;
      const go = h('button', { type: 'button', class: 'primary large' }, 'Start');
      go.addEventListener('click', () =>
        busy(go, async () => {
          await mirrors.edit(mirror.id, { paused: false });
          location.hash = here;
        }),
      );
      const back = h('button', { type: 'button' }, 'Change it first');
      back.addEventListener('click', () =>
        busy(back, async () => {
          await mirrors.remove(mirror.id, true);
          isDone = false;
          fill(region, first, later);
          const wish = server.wish();
          if (wish) took(await mirrors.test(wish), mirror.calendar?.url);
        }),
      );
      return [
        h('p', { class: 'lead', dir: 'auto' }, `“${mirror.name}” ${whereWords(mirror)}`),
        planPanel(plan),
        h('div', { class: 'actions start' }, go, back),
      ];
    }

    return [first, later];
  }
}

/** @param {number} at @param {string} name */
function stepName(at, name) {
  return h('h2', { class: 'step-name', tabindex: '-1' }, h('span', { class: 'step-number' }, at), name);
}

/** @param {number} at @param {string} name @param {...HTMLElement} children */
function step(at, name, ...children) {
  return h('section', { class: 'panel step' }, stepName(at, name), ...children);
}

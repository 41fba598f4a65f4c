/** @import { Member, Mirror, OtherCalendar, Plan, Project, ServerTest, View, ViewContext } from '../../app/types.js' */
/** @import { Offer } from '../../feeds/scope-choice.js' */
import { api } from '../../app/api.js';
import { safetyFields } from '../safety-limits.js';
import { pastEventsField } from '../others.js';
import { fill, h } from '../../ui/dom.js';
import { createForm } from '../../feeds/form.js';
import { guardUnsavedEdits } from '../../app/unsaved.js';
import { mirrors } from '../api.js';
import { MIRROR_NAME_HINT, whereWords } from '../words.js';
import { busy, load } from '../../ui/notice.js';
import { readOptions } from '../../feeds/options.js';
import { planPanel } from '../plan.js';
import { latestHealth } from '../../app/health.js';
import { noProjects } from '../../feeds/no-projects.js';
import { scopeOfQuery } from '../../feeds/scope-choice.js';
import { serverStep } from './server-step.js';
import { step, stepName } from './step.js';
import { targetFields } from './target.js';
import { otherCalendars } from '../../sources/api.js';

/** A new mirror, in four steps on one page. @param {ViewContext} context @returns {View} */
export function mirrorNewView(context) {
  const region = h('div', { class: 'wizard' });
  const crumb = h('p', { class: 'crumb' }, h('a', { href: '#/mirrors' }, 'Mirrors'));
  const element = h('div', {}, crumb, h('h1', {}, 'New mirror'), region);
  const loadAll = () => Promise.all([api.projects(), api.members(), otherCalendars(context.session)]);
  const draw = (/** @type {[Project[], Member[], OtherCalendar[]]} */ [projects, members, calendars]) =>
    projects.length + calendars.length === 0
      ? noProjects(latestHealth())
      : createWizard(region, { projects, members, calendars, isMember: false }, context);
  void load(region, loadAll, draw, context.signal, 'panels');
  return { title: 'New mirror', element };
}

/**
 * Returns the first step, and the later ones, which appear once the server has been tested.
 *
 * @param {HTMLElement} region
 * @param {Offer} offer
 * @param {ViewContext} context
 */
function createWizard(region, offer, { session, query, signal }) {
  const later = h('div', { class: 'wizard', hidden: true });
  const targetRegion = h('div', {});
  const server = serverStep({ changed: () => (later.hidden = true), tested: showCalendars });
  const safety = safetyFields();
  const past = pastEventsField();
  /** @type {ReturnType<typeof createForm> | null} */
  let form = null;
  /** @type {ReturnType<typeof targetFields> | null} */
  let target = null;
  let options = readOptions({}, session.defaults);
  let isDone = false;
  guardUnsavedEdits(() => !isDone && !later.hidden, signal);

  /** @param {ServerTest} result @param {string} [chosen] the address of a calendar */
  function showCalendars(result, chosen) {
    later.hidden = result.error !== null;
    if (result.error !== null) return;
    const [first, ...others] = result.calendars;
    const start = chosen ?? (others.length === 0 ? (first?.url ?? '') : '');
    target = targetFields(result.calendars, { start, name: 'Plane' });
    target.adaptTo(options);
    fill(targetRegion, target.element);
    if (form === null) drawLater();
    focusFirstHeading(later);
  }

  function drawLater() {
    form = createForm({
      scope: scopeOfQuery(query, offer),
      name: '',
      options,
      offer,
      session,
      signal,
      hint: MIRROR_NAME_HINT,
      ofCalendars: [past.element],
      changed: (next) => {
        options = next;
        target?.adaptTo(next);
      },
    });
    const { element: left, create, problem } = mirrorForm(form, safety.element);
    left.addEventListener('submit', (event) => {
      event.preventDefault();
      // The first that is invalid gets the focus.
      const access = server.toRequest();
      const calendar = access && target?.toRequest();
      const feed = calendar && form?.toRequest(false);
      if (!access || !calendar || !feed) return;
      const body = { ...feed, server: access, calendar, ...safety.toRequest(), ...past.toRequest() };
      void busy(create, () => add(body), problem);
    });
    fill(
      later,
      step(2, 'Calendar', targetRegion),
      h('section', {}, stepName(3, 'What it shows'), h('div', { class: 'builder' }, left, form.preview)),
    );
  }

  /** Creates the mirror paused, so that its plan is shown before anything is written. @param {object} body */
  async function add(body) {
    const mirror = await mirrors.add({ ...body, paused: true });
    isDone = true;
    const panel = h('div', {});
    showLastStep(region, panel);
    const loadPlan = () => mirrors.plan(mirror.id);
    await load(panel, loadPlan, (plan) => startStep(mirror, plan, () => editAgain(mirror)), signal);
  }

  /** Removes the paused mirror and shows the form again. @param {Mirror} mirror */
  async function editAgain(mirror) {
    await mirrors.remove(mirror.id, true);
    isDone = false;
    fill(region, server.element, later);
    await server.test(mirror.calendar?.url);
  }

  return [server.element, later];
}

/** @param {HTMLElement} region @param {HTMLElement} panel */
function showLastStep(region, panel) {
  fill(region, step(4, 'Start', panel));
  scrollTo(0, 0);
  region.querySelector('h2')?.focus({ preventScroll: true });
}

/** @param {HTMLElement} region */
function focusFirstHeading(region) {
  const heading = region.querySelector('h2');
  heading?.scrollIntoView({ block: 'start' });
  heading?.focus({ preventScroll: true });
}

/** @param {ReturnType<typeof createForm>} form @param {HTMLElement} safety */
function mirrorForm(form, safety) {
  const create = h('button', { type: 'submit', class: 'primary large' }, 'Create and show plan');
  const limits = h('details', { class: 'disclosure' }, h('summary', {}, 'Safety limits'), safety);
  const hint = h('span', { class: 'hint' }, 'No events are written yet.');
  const bar = h('div', { class: 'action-bar' }, create, form.toPreview, hint);
  const problem = h('div', { class: 'form-problem' });
  const element = h('form', { class: 'builder-form', novalidate: true }, form.fields, limits, problem, bar);
  return { element, create, problem };
}

/** The last step: the plan, and the button that starts the mirror. @param {Mirror} mirror @param {Plan} plan @param {() => Promise<void>} editAgain */
function startStep(mirror, plan, editAgain) {
  const start = h('button', { type: 'button', class: 'primary large' }, 'Start');
  start.addEventListener('click', () =>
    busy(start, async () => {
      await mirrors.edit(mirror.id, { paused: false });
      location.hash = `#/mirrors/${encodeURIComponent(mirror.id)}`;
    }),
  );
  const back = h('button', { type: 'button' }, 'Edit first');
  back.addEventListener('click', () => busy(back, editAgain));
  return [
    h('p', { class: 'lead', dir: 'auto' }, `“${mirror.name}” ${whereWords(mirror)}`),
    planPanel(plan),
    h('div', { class: 'actions start' }, start, back),
  ];
}

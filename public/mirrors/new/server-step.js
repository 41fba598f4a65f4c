/** @import { ServerTest, TestStep } from '../../app/types.js' */
import { fill, h } from '../../ui/dom.js';
import { icon } from '../../ui/icons.js';
import { mirrors } from '../api.js';
import { busy, note } from '../../ui/notice.js';
import { serverFields } from '../server.js';
import { step } from './step.js';
import { capital } from '../../ui/words.js';

/**
 * The first step of a new mirror: the server and its login, with a test.
 *
 * @param {object} params
 * @param {() => void} params.changed an earlier result no longer applies
 * @param {(result: ServerTest, chosen?: string) => void} params.tested
 */
export function serverStep({ changed, tested }) {
  const result = h('div', { 'aria-live': 'polite' });
  const server = serverFields({
    changed: () => {
      changed();
      fill(result);
    },
  });

  /** @param {string} [chosen] the address of the calendar to choose */
  async function test(chosen) {
    const access = server.toRequest();
    if (!access) return;
    fill(result, h('p', { class: 'hint' }, 'Connecting to the server…'));
    try {
      const found = await mirrors.test(access);
      fill(result, testResult(found));
      tested(found, chosen);
    } catch (error) {
      fill(result);
      throw error;
    }
  }

  const problem = h('div', { class: 'form-problem' });
  const submit = h('button', { type: 'submit', class: 'primary large' }, 'Test connection');
  const form = h('form', { novalidate: true }, server.element, problem, h('div', { class: 'actions start' }, submit));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (server.toRequest()) void busy(submit, () => test(), problem);
  });
  return { element: step(1, 'Server', form, result), toRequest: server.toRequest, test };
}

/** What each step of a test found, and how to fix what failed. @param {ServerTest} test */
function testResult({ steps, error }) {
  const list = h('ol', { class: 'checks' }, ...steps.map(stepRow));
  const overall = error === null ? note('good', 'The connection works.') : note('bad', h('p', {}, error));
  const details = h('details', { class: 'disclosure', open: true }, h('summary', {}, 'Each step'), list);
  return h('div', { class: 'stack' }, overall, steps.length > 0 ? details : null);
}

/** @param {TestStep} step */
function stepRow({ step: name, request, status, found, fix }) {
  const isFine = !fix;
  const exchange = [request, status === null ? null : String(status)].filter(Boolean).join(' → ');
  return h(
    'li',
    { class: `fit ${isFine ? 'ok' : 'not'}` },
    icon(isFine ? 'check' : 'warn'),
    h(
      'div',
      {},
      h(
        'p',
        {},
        h('strong', {}, capital(name)),
        h('span', { class: 'visually-hidden' }, isFine ? ', passed' : ', failed'),
      ),
      h('p', {}, found),
      fix ? h('p', { class: 'fix' }, fix) : null,
      exchange === '' ? null : h('p', {}, h('code', {}, exchange)),
    ),
  );
}

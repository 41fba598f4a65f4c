/** @import { Nameable } from '../app/types.js' */
/** @import { Options } from './options.js' */
/** @import { Choice } from '../ui/choices.js' */
import { api } from '../app/api.js';
import { choiceField } from '../ui/choices.js';

/** The filters by name, with what Plane has to offer for each. */

const TEXTS = /** @type {const} */ ({
  assignee: { label: 'Assigned to', placeholder: 'Anybody', without: 'without an assignee' },
  label: { label: 'Labels', placeholder: 'Any label', without: 'without a label' },
  state: { label: 'States', placeholder: 'Any state', without: '' },
  cycle: { label: 'Cycles', placeholder: 'Any cycle', without: 'without a cycle' },
  module: { label: 'Modules', placeholder: 'Any module', without: 'without a module' },
});
const GROUPS = ['backlog', 'unstarted', 'started', 'completed', 'cancelled'];
const PRIORITIES = ['urgent', 'high', 'medium', 'low', 'none'];
/** Plane is asked for these together; cycles and modules cost it a request each. */
const TOGETHER = ['assignee', 'label', 'state'];

/**
 * One field per filter.
 *
 * @param {Options} options
 * @param {() => unknown} scope null when nothing is chosen
 * @param {(part: Partial<Options>) => void} changed
 */
export function filterFields(options, scope, changed) {
  /** @type {Map<string, Promise<Record<string, Nameable[]>>>} */
  const asked = new Map();

  /** @param {string} of */
  async function names(of) {
    const wanted = TOGETHER.includes(of) ? TOGETHER : [of];
    const key = wanted.join();
    const answer = asked.get(key) ?? api.choices(scope() ?? { all: true }, wanted);
    asked.set(key, answer);
    try {
      return (await answer)[of] ?? [];
    } catch (error) {
      asked.delete(key);
      throw error;
    }
  }

  /** @param {keyof typeof TEXTS} of */
  const field = (of) =>
    choiceField({
      ...TEXTS[of],
      value: options[of],
      choices: async () => {
        const choices = choicesOf(await names(of));
        const groups =
          of === 'state' ? GROUPS.filter((one) => !choices.some(({ value }) => value.toLowerCase() === one)) : [];
        return [...choices, ...groups.map((value) => ({ value, label: `every ${value} state` }))];
      },
      changed: (value) => changed({ [of]: value }),
    });

  const priorities = PRIORITIES.map((value) => ({ value, label: value === 'none' ? 'without a priority' : value }));
  const fields = {
    assignee: field('assignee'),
    label: field('label'),
    state: field('state'),
    cycle: field('cycle'),
    module: field('module'),
    priority: choiceField({
      label: 'Priorities',
      placeholder: 'Any priority',
      without: '',
      value: { names: options.priority, none: false },
      choices: async () => priorities,
      changed: ({ names }) => changed({ priority: PRIORITIES.filter((one) => names.includes(one)) }),
      known: priorities,
    }),
  };
  return {
    ...fields,
    /** The scope is another: so are the names. */
    forget: () => {
      asked.clear();
      for (const one of [fields.assignee, fields.label, fields.state, fields.cycle, fields.module]) one.forget();
    },
  };
}

/** Each name once, with the groups of states and the colour of labels. @param {Nameable[]} names @returns {Choice[]} */
function choicesOf(names) {
  /** @type {Map<string, Choice & { groups: Set<string> }>} */
  const byName = new Map();
  for (const one of names) {
    const { name, group = null, color = null } = typeof one === 'string' ? { name: one } : one;
    const held = byName.get(name) ?? { value: name, label: name, color, groups: new Set() };
    if (group !== null && group !== name.toLowerCase()) held.groups.add(group);
    byName.set(name, held);
  }
  return [...byName.values()].map(({ groups, ...choice }) => ({ ...choice, note: [...groups].join(', ') }));
}

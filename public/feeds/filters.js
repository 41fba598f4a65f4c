/** @import { Nameable } from '../app/types.js' */
/** @import { Options } from './options.js' */
/** @import { Choice } from '../ui/choices.js' */
import { api } from '../app/api.js';
import { choiceField } from '../ui/choices.js';

/** The filters, each with the names to choose from in Plane. */

const TEXTS = /** @type {const} */ ({
  assignee: { label: 'Assigned to', placeholder: 'Anyone', without: 'without an assignee' },
  label: { label: 'Labels', placeholder: 'Any label', without: 'without a label' },
  state: { label: 'States', placeholder: 'Any state', without: '' },
  cycle: { label: 'Cycles', placeholder: 'Any cycle', without: 'without a cycle' },
  module: { label: 'Modules', placeholder: 'Any module', without: 'without a module' },
});
const GROUPS = ['backlog', 'unstarted', 'started', 'completed', 'cancelled'];
const PRIORITIES = ['urgent', 'high', 'medium', 'low', 'none'];
/** Names that are requested together; cycles and modules cost Plane one request each. */
const TOGETHER = ['assignee', 'label', 'state'];

/**
 * Returns one field per filter.
 *
 * @param {Options} options
 * @param {() => unknown} scope as the API takes it
 * @param {(part: Partial<Options>) => void} changed
 */
export function filterFields(options, scope, changed) {
  /** @type {Map<string, Promise<Record<string, Nameable[]>>>} */
  const requests = new Map();

  /** @param {string} of */
  async function names(of) {
    const filters = TOGETHER.includes(of) ? TOGETHER : [of];
    const key = filters.join();
    const response = requests.get(key) ?? api.choices(scope(), filters);
    requests.set(key, response);
    try {
      return (await response)[of] ?? [];
    } catch (error) {
      requests.delete(key);
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
        return [...choices, ...groups.map((value) => ({ value, label: `any ${value} state` }))];
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
    /** Loads the names again when they are next needed, because the scope changed. */
    reload: () => {
      requests.clear();
      for (const one of [fields.assignee, fields.label, fields.state, fields.cycle, fields.module]) one.reload();
    },
  };
}

/** Returns each name once, with the groups of its states and the colour of its label. @param {Nameable[]} names @returns {Choice[]} */
function choicesOf(names) {
  /** @type {Map<string, Choice & { groups: Set<string> }>} */
  const byName = new Map();
  for (const one of names) {
    const { name, group = null, color = null } = typeof one === 'string' ? { name: one } : one;
    const choice = byName.get(name) ?? { value: name, label: name, color, groups: new Set() };
    if (group !== null && group !== name.toLowerCase()) choice.groups.add(group);
    byName.set(name, choice);
  }
  return [...byName.values()].map(({ groups, ...choice }) => ({ ...choice, note: [...groups].join(', ') }));
}

/** @import { EntryMatch, ProjectName } from '../../app/types.js' */

/** What an entry can be assigned to, as people type it. */

/** The address of a work item in Plane ends like this. */
const IN_ADDRESS = /\/browse\/([^/?#]+-\d+)\/?(?:[?#].*)?$/;
const KEY = /^(.+)-(\d{1,9})$/;

/** Returns the key of a work item whose project is known, such as "WEB-12", or null. @param {string} text a key in any letter case, or an address in Plane @param {ProjectName[]} projects */
export function keyIn(text, projects) {
  const typed = text.trim();
  const [, inAddress] = IN_ADDRESS.exec(typed) ?? [];
  const [, prefix = '', digits = ''] = KEY.exec(inAddress ? decoded(inAddress) : typed) ?? [];
  const wanted = prefix.toLocaleLowerCase();
  const project = projects.find(({ identifier }) => identifier.toLocaleLowerCase() === wanted);
  return project && prefix !== '' ? `${project.identifier}-${Number(digits)}` : null;
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Returns the projects whose name or identifier contains a text, first those that begin with it. @param {string} text @param {ProjectName[]} projects */
export function projectsLike(text, projects) {
  const typed = text.trim().toLocaleLowerCase();
  const texts = (/** @type {ProjectName} */ { name, identifier }) =>
    [name, identifier].map((one) => one.toLocaleLowerCase());
  const begins = (/** @type {ProjectName} */ one) => texts(one).some((part) => part.startsWith(typed));
  const found = projects.filter((one) => texts(one).some((part) => part.includes(typed)));
  return [...found.filter(begins), ...found.filter((one) => !begins(one))];
}

/** The value of an offer as the API takes it: "item:" and a key, or a project's id. @param {string} value @returns {Exclude<EntryMatch, null>} */
export function matchOf(value) {
  return value.startsWith('item:') ? { item: value.slice(5) } : { project: value };
}

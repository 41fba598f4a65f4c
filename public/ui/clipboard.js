/**
 * Copies a text. Accepts a promise, since browsers allow copying only within the click, before the text has arrived.
 *
 * @param {Promise<string> | string} text
 * @param {string} [html] the same as HTML, for apps that paste formatted text
 * @returns {Promise<boolean>} whether the text is in the clipboard
 */
export async function copy(text, html) {
  const promised = Promise.resolve(text);
  if (typeof ClipboardItem === 'function' && navigator.clipboard?.write) {
    try {
      /** @type {Record<string, Promise<Blob> | Blob>} */
      const forms = { 'text/plain': promised.then((value) => new Blob([value], { type: 'text/plain' })) };
      if (html !== undefined) forms['text/html'] = new Blob([html], { type: 'text/html' });
      await navigator.clipboard.write([new ClipboardItem(forms)]);
      return true;
    } catch {
      await promised;
    }
  }
  const value = await promised;
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    return copyBySelection(value);
  }
}

/** @param {string} text */
function copyBySelection(text) {
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'visually-hidden';
  (document.querySelector('dialog[open]') ?? document.body).append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  return done;
}

/** Selects an element's text, so that the user can copy it. @param {Element} element */
export function select(element) {
  const selection = getSelection();
  selection?.selectAllChildren(element);
}

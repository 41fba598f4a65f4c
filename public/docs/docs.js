import { drawHeader } from '../app/frame.js';

/**
 * @typedef {{ type?: string | string[], const?: unknown, enum?: unknown[], anyOf?: Schema[], items?: Schema, properties?: Record<string, Schema>,
 *   required?: string[], additionalProperties?: Schema | boolean, format?: string, description?: string }} Schema
 * @typedef {{ description: string, content?: Record<string, { schema: Schema }> }} Answer
 * @typedef {{ summary: string, security: object[], parameters: { name: string, in: string, description?: string }[],
 *   requestBody?: { content: Record<string, { schema: Schema }> }, responses: Record<string, Answer> }} Operation
 */

/** Creates an element with text or children.
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {(Node | string)[]} children */
function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** Returns a schema as a short type, similar to TypeScript.
 * @param {Schema} schema
 * @param {string} indent
 * @returns {string} */
function typeText(schema, indent = '') {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(' | ');
  if (schema.anyOf) return schema.anyOf.map((one) => typeText(one, indent)).join(' | ');
  if (schema.type === 'array') return `[${typeText(schema.items ?? {}, indent)}, …]`;
  if (schema.properties) return objectText(schema.properties, schema.required ?? [], indent);
  if (schema.type === 'object') return mapText(schema.additionalProperties, indent);
  return simpleText(schema);
}

/** @param {Schema | boolean | undefined} values @param {string} indent */
function mapText(values, indent) {
  return `{ [name]: ${typeof values === 'object' ? typeText(values, indent) : 'any'} }`;
}

/** @param {Schema} schema */
function simpleText({ type = 'any', format }) {
  return [type].flat().join(' | ') + (format ? ` (${format})` : '');
}

/** @param {Record<string, Schema>} properties @param {string[]} required @param {string} indent */
function objectText(properties, required, indent) {
  const inner = `${indent}  `;
  const rows = Object.entries(properties).map(([name, schema]) => {
    const remark = schema.description ? `  // ${schema.description}` : '';
    return `${inner}${name}${required.includes(name) ? '' : '?'}: ${typeText(schema, inner)}${remark}`;
  });
  return `{\n${rows.join('\n')}\n${indent}}`;
}

/** @param {Record<string, { schema: Schema }> | undefined} content */
function contentText(content) {
  const [[type, { schema }] = ['', { schema: {} }]] = Object.entries(content ?? {});
  return type === 'application/json' ? typeText(schema) : type;
}

/** @param {string} method @param {string} path @param {Operation} operation */
function operationSection(method, path, operation) {
  const id = `${method}${path}`.replace(/[^\w]+/g, '-');
  const section = element('section', { id }, element('h2', {}, element('span', { class: 'method' }, method), path));
  section.append(
    element(
      'p',
      {},
      operation.summary,
      ' ',
      element('span', { class: 'who' }, operation.security.length > 0 ? '(with a token)' : '(for anyone)'),
    ),
  );
  if (operation.parameters.length > 0) {
    const rows = operation.parameters.map((one) =>
      element(
        'tr',
        {},
        element('td', {}, element('code', {}, one.name)),
        element('td', {}, `${one.in}. ${one.description ?? ''}`),
      ),
    );
    section.append(
      element('details', {}, element('summary', {}, 'Parameters'), element('table', {}, element('tbody', {}, ...rows))),
    );
  }
  if (operation.requestBody)
    section.append(
      element('p', {}, 'Body'),
      element('pre', { tabindex: '0' }, contentText(operation.requestBody.content)),
    );
  for (const [status, answer] of Object.entries(operation.responses)) {
    const text = contentText(answer.content);
    const title = `${status} ${answer.description}`;
    section.append(
      text === ''
        ? element('p', {}, title)
        : element('details', {}, element('summary', {}, title), element('pre', { tabindex: '0' }, text)),
    );
  }
  return { id, section };
}

drawHeader({ view: 'docs', base: './' });

async function show() {
  const target = /** @type {HTMLElement} */ (document.getElementById('operations'));
  const contents = /** @type {HTMLElement} */ (document.getElementById('contents'));
  const response = await fetch('openapi.json');
  if (!response.ok) throw new Error(`openapi.json returned status ${response.status}`);
  const { paths } = /** @type {{ paths: Record<string, Record<string, Operation>> }} */ (await response.json());
  const list = element('ul');
  target.replaceChildren();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const { id, section } = operationSection(method, path, operation);
      list.append(
        element('li', {}, element('a', { href: `#${id}` }, element('span', { class: 'method' }, method), path)),
      );
      target.append(section);
    }
  }
  contents.append(list);
}

show().catch((/** @type {unknown} */ error) => {
  const target = document.getElementById('operations');
  if (target) target.textContent = `Couldn't load the API description: ${error instanceof Error ? error.message : ''}`;
});

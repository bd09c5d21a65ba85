/* How data comes into the page. */

export const at = (id) => document.getElementById(id);

export function element(name, properties = {}, children = []) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

export function rows(id, items, cellsOf) {
  at(id).replaceChildren(...items.map((item) => element('tr', {}, cellsOf(item).map(cell))));
}

function cell(content) {
  const [text, className] = Array.isArray(content) ? content : [content];
  const textContent = text ?? '–';
  const isNumber = /^[\d.,–%-]+( (MB|ms))?$/.test(textContent);
  return element('td', { textContent, className: className ?? (isNumber ? 'number' : '') });
}

export function list(id, items, textOf) {
  const entries = items.length > 0 ? items.map(textOf) : [['none']];
  at(id).replaceChildren(
    ...entries.map(([textContent, className = '']) => element('li', { textContent, className })),
  );
}

/**
 * Shows one child for each item, and keeps those that stay: a button that is replaced while it is pressed is never
 * clicked.
 */
export function keep(id, items, keyOf, make, update) {
  const parent = at(id);
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  const wanted = items.map((item) => {
    const key = keyOf(item);
    const child = known.get(key) ?? make(item);
    child.dataset.key = key;
    update(child, item);
    return child;
  });
  for (const child of known.values()) if (!wanted.includes(child)) child.remove();
  wanted.forEach((child, index) => {
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
  });
}

export async function read(path, init) {
  const response = await fetch(path, { ...init, signal: AbortSignal.timeout(5000) });
  if (response.ok) return response.json();
  const { error } = await response.json().catch(() => ({}));
  throw new Error(error ?? `${path} answered ${response.status}`);
}

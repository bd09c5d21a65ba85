/* Names that need no brackets, short enough for a message. */
const SIMPLE_NAME = /^[A-Za-z_$][\w$]{0,63}$/;

const MAX_NAME = 64;

/** `value.items[3]["first name"]`: where a property of the value at `path` is. */
export function propertyPath(path: string, name: string | number | symbol): string {
  if (typeof name === 'number') return `${path}[${name}]`;
  if (typeof name === 'symbol') return `${path}[${String(name)}]`;
  if (SIMPLE_NAME.test(name)) return `${path}.${name}`;
  return `${path}[${JSON.stringify(name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name)}]`;
}

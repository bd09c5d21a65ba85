/**
 * Finds what belongs to a label set through one map per label, so that no key string is built on a hot path
 * and no two sets can be taken for one.
 */
export class LabelTree<Leaf> {
  readonly #names: readonly string[];
  readonly #depth: number;
  readonly #first: string;
  readonly #second: string;
  readonly #third: string;
  #root = new Map<string, unknown>();

  /** @param names at least one label */
  constructor(names: readonly string[]) {
    this.#names = names;
    this.#depth = names.length;
    const [first = '', second = '', third = ''] = names;
    this.#first = first;
    this.#second = second;
    this.#third = third;
  }

  /** The leaf of exactly these labels: one name too many or too few finds nothing. */
  find(labels: Readonly<Record<string, unknown>>): Leaf | undefined {
    const depth = this.#depth;
    // Written out, each level's property access is optimised for itself; a loop takes twice as long.
    let node: unknown = step(this.#root, labels[this.#first]);
    if (depth > 1) node = step(node, labels[this.#second]);
    if (depth > 2) {
      node = step(node, labels[this.#third]);
      for (let level = 3; level < depth; level++) node = step(node, labels[this.#names[level] ?? '']);
    }
    if (node === undefined) return undefined;
    let given = 0;
    // Counting is the cheapest way to see a name that is not declared: the declared ones are all there.
    for (const _ in labels) given++;
    return given === depth ? (node as Leaf) : undefined;
  }

  /** The leaf of these values, in the order of the names. */
  at(values: readonly unknown[]): Leaf | undefined {
    const depth = this.#depth;
    if (values.length !== depth) return undefined;
    let node: unknown = step(this.#root, values[0]);
    if (depth > 1) node = step(node, values[1]);
    if (depth > 2) {
      node = step(node, values[2]);
      for (let level = 3; level < depth; level++) node = step(node, values[level]);
    }
    return node as Leaf | undefined;
  }

  set(values: readonly string[], leaf: Leaf): void {
    let node = this.#root;
    for (const value of values.slice(0, -1)) {
      let next = node.get(value) as Map<string, unknown> | undefined;
      if (next === undefined) {
        next = new Map();
        node.set(value, next);
      }
      node = next;
    }
    node.set(values[this.#depth - 1] ?? '', leaf);
  }

  /** Removes a leaf, and the branches that held nothing else. */
  delete(values: readonly string[]): void {
    prune(this.#root, values, 0);
  }

  clear(): void {
    this.#root = new Map();
  }
}

function step(node: unknown, value: unknown): unknown {
  // What is above a label is a map, by construction; no key is `undefined`, so that finds nothing.
  return node === undefined
    ? undefined
    : (node as Map<unknown, unknown>).get(typeof value === 'string' ? value : textOfLabel(value));
}

/** The text of a label's value; `undefined` for what is no label value. */
export function textOfLabel(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'boolean':
      return String(value);
    default:
      return undefined;
  }
}

function prune(node: Map<string, unknown>, values: readonly string[], level: number): void {
  const key = values[level] ?? '';
  const next = node.get(key);
  if (next instanceof Map && level < values.length - 1) {
    prune(next, values, level + 1);
    if (next.size > 0) return;
  }
  node.delete(key);
}

import type { ConfigurationIssue } from '@evenkeel/core';

/** The part of a JSON Schema that the names and types of variables derive from. */
export interface SchemaNode {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
}

/** One value of the configuration. */
export interface ConfigurationLeaf {
  /** `performanceMonitor.collectInterval` */
  readonly path: string;
  /** `EVENKEEL_PERFORMANCE_MONITOR_COLLECT_INTERVAL` */
  readonly variable: string;
  readonly node: SchemaNode;
}

/** What a set of variables says. */
export interface VariableReading {
  /** The configuration they give, nested. */
  readonly overrides: Record<string, unknown>;
  /** Paths that a variable has set, and the variable's name. */
  readonly origin: ReadonlyMap<string, string>;
  readonly issues: readonly ConfigurationIssue[];
  /** Variables that begin with `EVENKEEL_` and mean nothing here. */
  readonly unknown: readonly string[];
}

/* Every variable begins with it. */
const PREFIX = 'EVENKEEL_';

/** The leaves of a schema of nested objects, in order. */
export function listLeaves(schema: SchemaNode, parents: readonly string[] = []): ConfigurationLeaf[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, node]) => {
    const path = [...parents, name];
    if (node.properties) return listLeaves(node, path);
    return [{ path: path.join('.'), variable: PREFIX + path.map(upperSnake).join('_'), node }];
  });
}

/** Reads `EVENKEEL_*` variables: `EVENKEEL_CACHE_MANAGER_MAX_SIZE=500` sets `cacheManager.maxSize`. */
export function readVariables(
  leaves: readonly ConfigurationLeaf[],
  variables: Readonly<Record<string, string | undefined>>,
): VariableReading {
  const overrides: Record<string, unknown> = {};
  const origin = new Map<string, string>();
  const issues: ConfigurationIssue[] = [];
  const known = new Set<string>();
  for (const { path, variable, node } of leaves) {
    known.add(variable);
    const text = variables[variable];
    if (text === undefined || text.trim() === '') continue;
    const value = parseText(text.trim(), node);
    if (value === undefined) {
      issues.push({ path: `${variable} (${path})`, value: text, expected: 'true or false' });
    } else {
      setAt(overrides, path.split('.'), value);
      origin.set(path, variable);
    }
  }
  const unknown = Object.keys(variables).filter((name) => name.startsWith(PREFIX) && !known.has(name));
  return { overrides, origin, issues, unknown };
}

/** Text as the schema wants it; the schema itself judges the rest. `undefined` for a boolean that is none. */
function parseText(text: string, { type }: SchemaNode): unknown {
  if (type === 'boolean') return BOOLEANS.get(text.toLowerCase());
  const wantsText = type === 'string' || (Array.isArray(type) && type.includes('string'));
  const number = Number(text);
  return wantsText || Number.isNaN(number) ? text : number;
}

const BOOLEANS = new Map([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['on', true],
  ['false', false],
  ['0', false],
  ['no', false],
  ['off', false],
]);

function setAt(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name = '', ...rest] = path;
  if (rest.length === 0) {
    target[name] = value;
    return;
  }
  const child = (target[name] ?? {}) as Record<string, unknown>;
  target[name] = child;
  setAt(child, rest, value);
}

function upperSnake(name: string): string {
  return name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}

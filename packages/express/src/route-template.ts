import type { Application, Request } from 'express';

/**
 * Finds the pattern that a request was routed by, mounts included: `/api/:version/items/:id` for
 * `GET /api/v2/items/17`. Paths of requests must never become labels: a scanner would make a series of each.
 *
 * `req.route.path` lacks the mounts, and `req.baseUrl` has them filled in with the request's own values. So
 * the way from the application to the route is looked up in the routers' stacks, once for each route.
 */

/** The parts of a router's layer that are read here; the same in Express 4 and 5 but for what is marked. */
interface Layer {
  readonly handle: unknown;
  readonly route?: unknown;
  /** The pattern as the application gave it. Since Express 5.3. */
  readonly rawPath?: unknown;
  /** Whether the layer is mounted at `/` and takes every path. Express 5. */
  readonly slash?: boolean;
  /** Express 4. */
  readonly regexp?: { readonly fast_slash?: boolean };
  /** Set by `match` before Express 5.3. */
  readonly path?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  match(path: string): boolean | { readonly path: string; readonly pattern?: unknown };
}

/** Mounts from the outermost in, and last the layer of the route itself. */
type Chain = readonly Layer[];

interface Lookup {
  readonly chains: readonly Chain[];
  /** Patterns of the applications around the one that the chains begin in. */
  readonly prefix: string;
  /** The answer, where every request to the route has the same. */
  readonly constant: string | undefined;
}

/* Routers that contain each other would be walked for ever. */
const MAX_DEPTH = 32;

/** Tells the routes of one application apart; remembers what it found for as long as the routes live. */
export class RouteTemplates {
  readonly #root: Application;
  readonly #lookups = new WeakMap<object, Lookup>();

  /** @param root the application that the requests enter through */
  constructor(root: Application) {
    this.#root = root;
  }

  /** The pattern of the route that took the request; `undefined` where none did. */
  of(request: Request): string | undefined {
    const route: unknown = request.route;
    if (typeof route !== 'object' || route === null) return undefined;
    let lookup = this.#lookups.get(route);
    if (!lookup) {
      lookup = this.#find(route, request.app);
      this.#lookups.set(route, lookup);
    }
    return lookup.constant ?? fromRequest(lookup, route, request);
  }

  #find(route: object, app: Application): Lookup {
    let chains = findChains(this.#root, route, [], []);
    let prefix = '';
    if (chains.length === 0 && app !== this.#root) {
      // Behind a mounted application stands a closure that can't be walked; the application knows its place.
      chains = findChains(app, route, [], []);
      prefix = mountPath(app);
    }
    const patterns = chains[0]?.map(constantPattern) ?? [];
    const constant = chains.length === 1 && patterns.every((each) => each !== undefined);
    return { chains, prefix, constant: constant ? join(prefix, patterns) : undefined };
  }
}

function findChains(router: unknown, route: object, above: Chain, seen: readonly unknown[]): Chain[] {
  const layers = layersOf(router);
  if (seen.length > MAX_DEPTH || seen.includes(router)) return [];
  return layers.flatMap((layer) => {
    const chain = [...above, layer];
    if (layer.route !== undefined) return layer.route === route ? [chain] : [];
    return findChains(layer.handle, route, chain, [...seen, router]);
  });
}

/** The stack of a router or of an application, whose router is `_router` in Express 4 and `router` in 5. */
function layersOf(router: unknown): readonly Layer[] {
  if (typeof router !== 'function') return [];
  const own = router as {
    stack?: unknown;
    _router?: { stack?: unknown } | null;
    lazyrouter?: unknown;
    router?: unknown;
  };
  if (Array.isArray(own.stack)) return own.stack;
  // Express 4 throws at `app.router`; only its applications have `lazyrouter`.
  const inner = own.lazyrouter === undefined ? own.router : own._router;
  const stack = (inner as { stack?: unknown } | null | undefined)?.stack;
  return Array.isArray(stack) ? stack : [];
}

function mountPath(app: Application): string {
  const { mountpath, parent } = app as Application & { parent?: Application };
  if (!parent) return '';
  const own = Array.isArray(mountpath) ? `(${mountpath.map(String).join('|')})` : String(mountpath);
  return join(mountPath(parent), [own]);
}

/** A layer's pattern, where it is known without a request and there is only one. */
function constantPattern(layer: Layer): string | undefined {
  if (layer.slash || layer.regexp?.fast_slash) return '';
  const raw = layer.rawPath ?? routePath(layer.route);
  return typeof raw === 'string' || raw instanceof RegExp ? String(raw) : undefined;
}

function routePath(route: unknown): unknown {
  return (route as { path?: unknown } | undefined)?.path;
}

/** Follows the request's own path down the chains, and takes the first that it fits. */
function fromRequest({ chains, prefix }: Lookup, route: object, request: Request): string {
  const path = pathBelow(request, prefix);
  for (const chain of chains) {
    const patterns = walk(chain, path);
    if (patterns) return join(prefix, patterns);
  }
  return join(prefix, [String(routePath(route))]);
}

function pathBelow(request: Request, prefix: string): string {
  const path = request.originalUrl.replace(/[?#].*$/, '');
  // The prefix is a pattern; as many segments of the path belong to it.
  const depth = prefix === '' ? 0 : prefix.split('/').length - 1;
  return depth === 0
    ? path
    : `/${path
        .split('/')
        .slice(depth + 1)
        .join('/')}`;
}

function walk(chain: Chain, path: string): string[] | undefined {
  const patterns: string[] = [];
  let rest = path;
  for (const layer of chain) {
    const matched = patternFor(layer, rest);
    if (!matched) return undefined;
    patterns.push(matched.pattern);
    rest = rest.slice(matched.length) || '/';
  }
  return patterns;
}

function patternFor(layer: Layer, path: string): { pattern: string; length: number } | undefined {
  const result = layer.match(path);
  if (!result) return undefined;
  const matched = result === true ? (layer.path ?? '') : result.path;
  const known = constantPattern(layer) ?? (result === true ? undefined : result.pattern);
  const pattern = known === undefined ? withNames(layer, matched) : String(known);
  return { pattern, length: matched.length };
}

/* A segment that no application has of its own. */
const PROBE = 'evenkeel~probe';

/**
 * The pattern behind a match, for Express before 5.3, where layers don't keep it: each segment that may be
 * any other text is a parameter, which `match` tells when it is asked; parameters that are only a part of a
 * segment, or accept only some texts, are recognised by their values.
 */
function withNames(layer: Layer, matched: string): string {
  layer.match(matched);
  const params = Object.entries(layer.params ?? {}).filter(
    ([, value]) => typeof value === 'string' && value !== '',
  );
  const open = new Map(params as [string, string][]);
  const segments = matched.split('/').map((segment, index, all) => {
    if (segment === '') return segment;
    const probe = all.map((each, at) => (at === index ? PROBE : each)).join('/');
    const fits = layer.match(probe) !== false;
    const name = fits
      ? Object.keys(layer.params ?? {}).find((key) => layer.params?.[key] === PROBE)
      : undefined;
    if (name === undefined) return segment;
    open.delete(name);
    return `:${name}`;
  });
  return [...open].reduce((pattern, [name, value]) => pattern.replace(value, `:${name}`), segments.join('/'));
}

function join(prefix: string, patterns: readonly (string | undefined)[]): string {
  const joined = [prefix, ...patterns].filter((each) => each !== '' && each !== '/').join('');
  return joined === '' ? '/' : joined.replaceAll(/([^\\])\/{2,}/g, '$1/');
}

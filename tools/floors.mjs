import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

/** The floor of each package by folder; see docs/architecture.md. A package that is not listed is an error. */
const FLOORS = {
  'packages/core': 0,
  'packages/metrics-exporter': 1,
  'packages/monitor': 1,
  'packages/logger': 1,
  'packages/health': 1,
  'packages/alerts': 1,
  'packages/anomaly': 1,
  'packages/allocator': 1,
  'packages/cache': 1,
  'packages/load-balancer': 1,
  'packages/db-optimizer': 1,
  'packages/browser': 1,
  'packages/optimizer': 2,
  'packages/bench': 2,
  'packages/performance-system': 3,
  'packages/express': 4,
  'packages/dashboard': 4,
  'packages/cli': 4,
};
/* Applications and benchmarks stand on top and may import anything. */
const TOP_FLOOR = 5;

/** Floor 2 takes only what it needs: the packages of lower floors, beside core, that each may import. */
const FLOOR_2_MAY_IMPORT = {
  'packages/optimizer': ['packages/anomaly'],
  'packages/bench': ['packages/logger'],
};

/* Folders under src that are for Node alone; everything else in these packages runs in browsers too. */
const BROWSER_SAFE = new Set(
  [
    'core',
    'metrics-exporter',
    'monitor',
    'anomaly',
    'allocator',
    'cache',
    'optimizer',
    'browser',
    'dashboard',
  ].map((name) => `packages/${name}`),
);
const NODE_ONLY_FOLDER = /^src\/(node|redis)\//;

const IMPORT = /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+|\brequire\s*\(\s*)(['"])([^'"\n]+)\1/g;

/**
 * Every import that climbs a floor, joins two packages of floor 1, reaches into another package's files,
 * is not declared in its package.json, or takes Node into code for browsers.
 *
 * @param {string} root the repository
 * @returns {string[]} one line for each fault; empty when all is well
 */
export function findFloorFaults(root) {
  const workspaces = listWorkspaces(root);
  const folderOf = new Map(workspaces.map(({ folder, manifest }) => [manifest.name, folder]));
  return workspaces.flatMap(({ folder, manifest }) => {
    if (floorOf(folder) === undefined) return [`${folder}: has no floor; give it one in tools/floors.mjs`];
    return [
      ...manifestFaults(folder, manifest, folderOf),
      ...sourceFiles(join(root, folder, 'src')).flatMap((file) =>
        fileFaults(root, folder, manifest, folderOf, file),
      ),
    ];
  });
}

function listWorkspaces(root) {
  const folders = ['packages', 'apps'].flatMap((parent) =>
    existsSync(join(root, parent)) ? readdirSync(join(root, parent)).map((name) => `${parent}/${name}`) : [],
  );
  return [...folders, 'benchmarks']
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => ({
      folder,
      manifest: JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')),
    }));
}

function floorOf(folder) {
  return folder.startsWith('packages/') ? FLOORS[folder] : TOP_FLOOR;
}

function manifestFaults(folder, manifest, folderOf) {
  return Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
    .filter((name) => folderOf.has(name))
    .flatMap((name) => joinFault(folder, folderOf.get(name)))
    .map((fault) => `${folder}/package.json: ${fault}`);
}

function fileFaults(root, folder, manifest, folderOf, file) {
  const path = relative(root, file);
  const inPackage = relative(join(root, folder), file);
  return [...readFileSync(file, 'utf8').matchAll(IMPORT)].flatMap(([, , specifier]) => {
    const at = `${path}: imports ${specifier}`;
    if (specifier.startsWith('.')) {
      const outside = relative(join(root, folder, 'src'), resolve(file, '..', specifier)).startsWith('..');
      return outside ? [`${at}: reaches out of its own package`] : [];
    }
    if (specifier.startsWith('node:')) {
      const forbidden = BROWSER_SAFE.has(folder) && !NODE_ONLY_FOLDER.test(inPackage);
      return forbidden ? [`${at}: this code runs in browsers too; Node belongs in src/node`] : [];
    }
    const name = packageName(specifier);
    const declared = { ...manifest.dependencies, ...manifest.peerDependencies };
    if (name !== manifest.name && !Object.hasOwn(declared, name))
      return [`${at}: not declared in ${folder}/package.json`];
    return folderOf.has(name) ? joinFault(folder, folderOf.get(name)).map((fault) => `${at}: ${fault}`) : [];
  });
}

function joinFault(from, to) {
  if (from === to) return [];
  const [floor, target] = [floorOf(from), floorOf(to)];
  if (target === undefined) return [`${to} has no floor`];
  if (floor === TOP_FLOOR) return [];
  if (target >= floor) return [`floor ${floor} may not import floor ${target} (${to})`];
  if (floor === 2 && target === 1 && !FLOOR_2_MAY_IMPORT[from]?.includes(to)) {
    return [`${from} has no declared need of ${to}`];
  }
  return [];
}

function packageName(specifier) {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function sourceFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx|mjs|js)$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

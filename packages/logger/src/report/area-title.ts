import type { Area } from '../log-record.ts';

const TITLES: Readonly<Record<Area, string>> = {
  wasm: 'WebAssembly',
  memory: 'Memory',
  cpu: 'CPU',
  rendering: 'Rendering',
  network: 'Network',
  userExperience: 'User experience',
  http: 'HTTP',
  database: 'Database',
  cache: 'Cache',
  application: 'Application',
};

/** An area in words. */
export function areaTitle(area: Area): string {
  return TITLES[area];
}

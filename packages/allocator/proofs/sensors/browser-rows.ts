import { hasChromium, runInPage } from './chromium.ts';
import type { Observation, Row } from './verdicts.ts';

const ROWS = [
  { name: 'idle', isPressing: false, state: 'idle' },
  { name: 'tasks of 6 ms, 30 % busy', isPressing: false, state: 'short-tasks' },
  { name: 'one task of 500 ms each second', isPressing: true, state: 'long-tasks' },
  { name: 'frames of 300 ms', isPressing: true, state: 'long-frames' },
  {
    name: 'one task of 500 ms each second, no PerformanceObserver',
    isPressing: true,
    state: 'long-tasks,PerformanceObserver',
  },
] as const;

/**
 * Real pages, where Chromium is installed.
 *
 * @param programs where the built `page.mjs` is
 */
export function browserRows(programs: URL): Row[] {
  if (!hasChromium()) return [];
  return ROWS.map(({ name, isPressing, state }) => ({
    name: `${name} (Chromium)`,
    resource: 'eventLoop',
    isPressing,
    run: () => observePage(programs, state),
  }));
}

/** What a page has seen, with the sensors that it used and what they left behind. */
export interface PageObservation extends Observation {
  readonly kinds: readonly string[];
  readonly faults: readonly string[];
  readonly afterStop: readonly string[];
}

export async function observePage(programs: URL, state: string): Promise<PageObservation> {
  // The page is a part of this proof, so what it sends is of this type.
  return (await runInPage(programs, state)) as PageObservation;
}

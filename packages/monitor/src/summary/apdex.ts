import type { WindowFigures } from '../requests/duration-window.ts';

/**
 * Application performance index: (satisfied + tolerating / 2) / all, from 0 to 1; `null` without requests.
 * Satisfied are successes within the target T, tolerating those within 4 T; failures satisfy nobody.
 *
 * @see Apdex Technical Specification 1.1, Apdex Alliance 2007
 */
export function apdex({ count, satisfied, tolerating }: WindowFigures): number | null {
  return count === 0 ? null : (satisfied + tolerating / 2) / count;
}

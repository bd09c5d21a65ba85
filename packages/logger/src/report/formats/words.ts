import type { Verdict } from '../report.ts';

/** A verdict in words; where nothing is known to judge by, nothing is wrong either. */
export function verdictText(verdict: Verdict): string {
  return verdict === 'unknown' ? 'not judged' : verdict;
}

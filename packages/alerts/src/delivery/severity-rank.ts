import type { Severity } from '@evenkeel/core';

const RANKS: Readonly<Record<Severity, number>> = { info: 1, warning: 2, critical: 3 };

/** Greater for what is graver. */
export function rankOf(severity: Severity): number {
  return RANKS[severity];
}

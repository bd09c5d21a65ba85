import type { HealthSummary } from '../health-summary.ts';

const SIGNS = { healthy: '[+]', warning: '[!]', critical: '[-]', unknown: '[-]' } as const;
const WORDS = { healthy: 'ok', warning: 'warning', critical: 'failed', unknown: 'not checked yet' } as const;

/** A body as the Kubernetes API server answers its own probes: `ok`, or a line for each check. */
export function plainText(
  { ok, kind, phase, checks }: HealthSummary,
  { authorised, verbose }: { readonly authorised: boolean; readonly verbose: boolean },
): string {
  if (!verbose) return ok ? 'ok' : 'failed';
  const lines = Object.values(checks).map(({ name, status, message }) => {
    const reason = authorised ? message.replaceAll(/\s+/g, ' ') : 'reason withheld';
    const line = `${SIGNS[status]}${name.replaceAll(/\s+/g, ' ')} ${WORDS[status]}`;
    return status === 'healthy' ? line : `${line}: ${reason}`;
  });
  const why = phase === 'running' ? '' : ` (${phase})`;
  return [...lines, `${kind} check ${ok ? 'passed' : 'failed'}${why}`, ''].join('\n');
}

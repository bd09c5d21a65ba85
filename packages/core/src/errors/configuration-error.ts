import { describeValue } from './describe-value.ts';
import { EvenkeelError } from './evenkeel-error.ts';

/** One thing that is wrong with a set of options. */
export interface ConfigurationIssue {
  /** Where: `thresholds.cpu.warning`. Empty when the whole value is at fault. */
  readonly path: string;
  /** What was given. */
  readonly value: unknown;
  /** What is accepted there: `a positive integer`. */
  readonly expected: string;
}

/** `path must be expected, got value`, on one line. */
export function formatIssue({ path, value, expected }: ConfigurationIssue): string {
  return `${path || 'options'} must be ${expected}, got ${describeValue(value)}`;
}

/* A long list of bad items must not make a message of megabytes. */
const MAX_LINES = 50;

/**
 * Options that cannot be used. Thrown at construction, before anything starts; `issues` holds every fault
 * at once, and the message has a line for each of the first 50.
 */
export class ConfigurationError extends EvenkeelError {
  override readonly name = 'ConfigurationError';
  readonly issues: readonly ConfigurationIssue[];

  constructor(owner: string, issues: readonly ConfigurationIssue[]) {
    const lines = issues.slice(0, MAX_LINES).map(formatIssue);
    if (issues.length > MAX_LINES) lines.push(`and ${issues.length - MAX_LINES} more`);
    super(
      lines.length === 1
        ? `${owner}: ${lines[0]}`
        : `${owner}:\n${lines.map((line) => `  ${line}`).join('\n')}`,
      { code: 'CONFIGURATION' },
    );
    this.issues = issues;
  }
}

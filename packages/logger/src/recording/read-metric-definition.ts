import { ConfigurationError, type Fields, option, readOptions } from '@evenkeel/core';
import { AREAS, type MetricDefinition } from '../log-record.ts';
import { MAX_NAME_LENGTH } from './text.ts';

/** What is to be said of a metric; all but its name has a default. */
export interface MetricDescription {
  /** At most 200 characters. */
  readonly name: string;
  /** @defaultValue none: plain numbers */
  readonly unit?: string;
  /** One sentence for the reader of a report. @defaultValue the name */
  readonly description?: string;
  /** Where reports show it. @defaultValue 'application' */
  readonly area?: MetricDefinition['area'];
  /** Which way is good. @defaultValue neither */
  readonly better?: 'lower' | 'higher' | undefined;
  /** What it is to reach, in its unit. @defaultValue none */
  readonly target?: number | undefined;
}

const FIELDS: Fields<Omit<MetricDefinition, 'unit' | 'description'>> = {
  name: option.string(),
  area: option.oneOf(AREAS).default('application'),
  better: option.oneOf(['lower', 'higher']).optional(),
  target: option.number().optional(),
};

/**
 * The definition of a metric, checked.
 *
 * @param owner who asks: begins the message
 * @throws ConfigurationError
 */
export function readMetricDefinition(owner: string, given: unknown): MetricDefinition {
  const { unit, description, ...rest } = (given ?? {}) as Partial<MetricDescription>;
  const { name, area, better, target } = readOptions<Omit<MetricDefinition, 'unit' | 'description'>>(
    owner,
    typeof given === 'object' && given !== null ? rest : given,
    FIELDS,
  );
  const issues = [
    ...(name.length > MAX_NAME_LENGTH
      ? [{ path: 'name', value: name, expected: `at most ${MAX_NAME_LENGTH} characters` }]
      : []),
    // Plain numbers have an empty unit.
    ...Object.entries({ unit, description })
      .filter(([, value]) => value !== undefined && typeof value !== 'string')
      .map(([path, value]) => ({ path, value, expected: 'a string' })),
  ];
  if (issues.length > 0) throw new ConfigurationError(owner, issues);
  return {
    name,
    unit: unit ?? '',
    description: description ?? name,
    area,
    ...(better !== undefined && { better }),
    ...(target !== undefined && { target }),
  };
}

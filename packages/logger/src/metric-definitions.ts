import { option, readOptions, readValue } from '@evenkeel/core';
import { AREAS, type Area, type MetricDefinition } from './log-record.ts';

/** What `defineMetric` takes beside the name. */
export interface MetricOptions {
  /** As the reader is to see it: `ms`, `%`, `MB`, `fps`. @defaultValue none: a plain number */
  readonly unit?: string | undefined;
  /** One sentence for the reader. @defaultValue the name */
  readonly description?: string | undefined;
  /** The chapter of a report that shows it. @defaultValue 'application' */
  readonly area?: Area | undefined;
  /** Which way is good. @defaultValue neither: reports say that it changed, not that it got better or worse */
  readonly better?: 'lower' | 'higher' | undefined;
  /** What it is to reach, in its unit; reports say where it is missed. @defaultValue none */
  readonly target?: number | undefined;
}

/** The metrics that every logger knows from the start. */
export const PREDEFINED_METRICS = {
  'initialization-time': {
    unit: 'ms',
    description: 'Time from the start of the process to being ready.',
    area: 'application',
    better: 'lower',
  },
  'cpu-usage': { unit: '%', description: 'CPU time used, of what there is.', area: 'cpu', better: 'lower' },
  'memory-usage': { unit: 'MB', description: 'Memory in use.', area: 'memory', better: 'lower' },
  'response-time': {
    unit: 'ms',
    description: 'Time from a request to its answer.',
    area: 'http',
    better: 'lower',
  },
  'frame-rate': { unit: 'fps', description: 'Frames shown per second.', area: 'rendering', better: 'higher' },
} as const satisfies Readonly<Record<string, MetricOptions>>;

/* Names that are made up for each call would otherwise grow without end. */
const MAX_DEFINITIONS = 10_000;

const NAME = option.string();
/* Plain numbers have an empty one. */
const UNIT = new option.Field<string>('a string', (value, path, issues) => {
  if (typeof value === 'string') return value;
  issues.push({ path, value, expected: 'a string' });
  return '';
});

/** What is known of each metric. */
export class MetricDefinitions {
  readonly #definitions = new Map<string, MetricDefinition>();
  readonly #defined: (definition: MetricDefinition) => void;

  /** @param defined is told of each that is new or changed */
  constructor(defined: (definition: MetricDefinition) => void) {
    this.#defined = defined;
    for (const [name, options] of Object.entries(PREDEFINED_METRICS)) this.define(name, options);
  }

  /**
   * Says what a metric is; again, where it is known, to say it anew.
   *
   * @throws ConfigurationError for what it cannot take
   */
  define(name: string, options: MetricOptions = {}): MetricDefinition {
    readValue('defineMetric', 'name', name, NAME);
    const { better, target, ...rest } = readOptions(`defineMetric ${JSON.stringify(name)}`, options, {
      unit: UNIT.default(''),
      description: option.string().default(name),
      area: option.oneOf(AREAS).default('application'),
      better: option.oneOf(['lower', 'higher']).optional(),
      target: option.number().optional(),
    });
    const definition = {
      name,
      ...rest,
      ...(better !== undefined && { better }),
      ...(target !== undefined && { target }),
    };
    this.#definitions.set(name, definition);
    this.#defined(definition);
    return definition;
  }

  /** What is known of a metric; defines it with nothing but its name where nothing is. `undefined`: there are too many. */
  get(name: string): MetricDefinition | undefined {
    const known = this.#definitions.get(name);
    if (known || this.#definitions.size >= MAX_DEFINITIONS) return known;
    return this.define(name);
  }

  all(): readonly MetricDefinition[] {
    return [...this.#definitions.values()];
  }
}

import { ConfigurationError, type ConfigurationIssue, formatIssue } from '@evenkeel/core';
import type { z } from 'zod';
import { readVariables } from './environment-variables.ts';
import { mergeDeep } from './merge.ts';
import { PRESETS } from './presets.ts';
import {
  configurationLeaves,
  configurationSchema,
  type Environment,
  type PerformanceConfig,
  type PerformanceConfigInput,
} from './schema.ts';

/** The environment variables of a process. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** A fault of a configuration; `message` says all of it on one line. */
export interface ConfigurationFault extends ConfigurationIssue {
  readonly message: string;
}

export interface ValidationResult {
  readonly isValid: boolean;
  /** Every fault, not just the first. */
  readonly errors: readonly ConfigurationFault[];
}

/**
 * The configuration of an environment, whole: the defaults of the schema, over them those of the environment,
 * over them `overrides`, and over all the `EVENKEEL_*` variables. Merged deeply.
 *
 * @param variables @defaultValue the process's own
 * @throws ConfigurationError with every fault at once
 */
export function getPerformanceConfig(
  environment: Environment,
  overrides: PerformanceConfigInput = {},
  variables: Variables = processVariables(),
): PerformanceConfig {
  const reading = readVariables(configurationLeaves(), variables);
  const preset = Object.hasOwn(PRESETS, environment) ? PRESETS[environment] : {};
  const merged = mergeDeep(preset, overrides, reading.overrides, { environment });
  const result = configurationSchema.safeParse(merged);
  const issues = result.success
    ? []
    : toIssues(result.error, merged).map((issue) => nameVariable(issue, reading.origin));
  const all = [...reading.issues, ...issues];
  if (all.length > 0 || !result.success) throw new ConfigurationError('performance configuration', all);
  return result.data;
}

/** Checks a configuration as it is given, and says all that is wrong with it. Changes nothing and never throws. */
export function validatePerformanceConfig(config: unknown): ValidationResult {
  const result = configurationSchema.safeParse(config ?? {});
  const issues = result.success ? [] : toIssues(result.error, config);
  return {
    isValid: issues.length === 0,
    errors: issues.map((issue) => ({ ...issue, message: formatIssue(issue) })),
  };
}

/** `EVENKEEL_*` variables that are set and mean nothing: typing errors, or another program's. */
export function unknownVariables(variables: Variables = processVariables()): readonly string[] {
  return readVariables(configurationLeaves(), variables).unknown;
}

/** The environment that `EVENKEEL_ENVIRONMENT` or, less exactly, `NODE_ENV` names; development where neither does. */
export function environmentOf(variables: Variables = processVariables()): Environment {
  // Whatever it says is validated with the rest of the configuration.
  if (variables.EVENKEEL_ENVIRONMENT) return variables.EVENKEEL_ENVIRONMENT as Environment;
  if (variables.NODE_ENV === 'production') return 'production';
  return variables.NODE_ENV === 'test' || variables.NODE_ENV === 'testing' ? 'testing' : 'development';
}

function processVariables(): Variables {
  return typeof process === 'object' ? process.env : {};
}

/** The messages of the schema's fields are what each accepts; unknown keys are told one by one. */
function toIssues(error: z.ZodError, given: unknown): ConfigurationIssue[] {
  return error.issues.flatMap(({ path, message: expected, ...rest }) => {
    const paths = rest.code === 'unrecognized_keys' ? rest.keys.map((key) => [...path, key]) : [path];
    return paths.map((each) => ({ path: each.map(String).join('.'), value: valueAt(given, each), expected }));
  });
}

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key],
    given,
  );
}

/** A fault that a variable has brought in is told by the variable's name, which is what has to be mended. */
function nameVariable(issue: ConfigurationIssue, origin: ReadonlyMap<string, string>): ConfigurationIssue {
  const variable = origin.get(issue.path);
  return variable === undefined ? issue : { ...issue, path: `${variable} (${issue.path})` };
}

import { z } from 'zod';
import { COMPONENT_SECTIONS } from '../components/table.ts';
import { listLeaves, type SchemaNode } from './environment-variables.ts';
import { choiceField, durationField, section } from './fields.ts';

const ENVIRONMENTS = ['development', 'production', 'testing'] as const;

/** Where the system runs; chooses the defaults. */
export type Environment = (typeof ENVIRONMENTS)[number];

/** The single source of the configuration: its types, defaults, variables, JSON Schema and messages. */
export const configurationSchema = section('Configuration of a PerformanceSystem.', {
  environment: choiceField('Where the system runs; chooses the defaults.', ENVIRONMENTS, 'development'),
  shutdownTimeout: durationField('How long stop() waits for each component.', '5s', { min: 1 }),
  ...COMPONENT_SECTIONS,
});

/** A whole, valid configuration: times in ms, sizes in bytes. */
export type PerformanceConfig = z.output<typeof configurationSchema>;

/** A configuration as it is given: any part may be left out; times and sizes may be strings. */
export type PerformanceConfigInput = Omit<NonNullable<z.input<typeof configurationSchema>>, never>;

let jsonSchema: z.core.JSONSchema.JSONSchema | undefined;

/** The JSON Schema (draft 2020-12) of a configuration as it is given, for editors and other tools. */
export function getPerformanceConfigJsonSchema(): z.core.JSONSchema.JSONSchema {
  jsonSchema ??= z.toJSONSchema(configurationSchema, { io: 'input' });
  return structuredClone(jsonSchema);
}

/** Every value of the configuration, with its path and its environment variable. */
export function configurationLeaves() {
  return listLeaves(getPerformanceConfigJsonSchema() as SchemaNode);
}

export type { Threshold } from './fields.ts';
export {
  type ConfigurationFault,
  getPerformanceConfig,
  type ValidationResult,
  type Variables,
  validatePerformanceConfig,
} from './performance-config.ts';
export {
  type Environment,
  getPerformanceConfigJsonSchema,
  type PerformanceConfig,
  type PerformanceConfigInput,
} from './schema.ts';

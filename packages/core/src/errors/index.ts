export { ConfigurationError, type ConfigurationIssue, formatIssue } from './configuration-error.ts';
export { describeValue } from './describe-value.ts';
export { EvenkeelError, type EvenkeelErrorOptions } from './evenkeel-error.ts';
export { StateError, TimeoutError, UnknownNameError } from './kinds.ts';
export { errorMessage, toError } from './to-error.ts';

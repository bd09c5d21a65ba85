export { type CallWithTimeoutOptions, callWithTimeout } from './call-with-timeout.ts';
export { PeriodicTask, type PeriodicTaskOptions } from './periodic-task.ts';

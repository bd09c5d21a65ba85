export { type AnyEvent, Emitter, type ErrorEvent, type WithErrors } from './emitter.ts';

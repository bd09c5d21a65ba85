import { UnwritableError } from '../sink.ts';

/** Whether the sink says that what it was given can never be written; it may have this package a second time. */
export function isUnwritable(thrown: unknown): boolean {
  if (thrown instanceof UnwritableError) return true;
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'UNWRITABLE';
}

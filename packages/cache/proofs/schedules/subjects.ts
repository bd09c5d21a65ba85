import { evenkeel } from './evenkeel-subject.ts';
import { MUTANTS } from './mutants.ts';
import type { Subject } from './subject.ts';

/**
 * The subject of a name. Other caches are only loaded if they are to be tried, and ours is broken, for the rest of
 * the process, if a mutant is.
 */
export async function subjectOf(name: string): Promise<Subject> {
  if (name === 'evenkeel') return evenkeel;
  if (name === 'bentocache' || name === 'cacheable') return (await import('./peer-subjects.ts'))[name];
  const mutant = MUTANTS[name];
  if (mutant === undefined) {
    throw new Error(
      `--subject must be evenkeel, bentocache, cacheable, or one of ${Object.keys(MUTANTS).join(', ')}`,
    );
  }
  mutant.break();
  return evenkeel;
}

import type { Subject, SubjectName, SubjectOptions } from './subject.ts';

/** Loads only the libraries that the subject is made of. */
export async function createSubject(name: SubjectName, options: SubjectOptions): Promise<Subject> {
  switch (name) {
    case 'evenkeel':
    case 'evenkeel-ioredis':
    case 'evenkeel-fleet': {
      const { evenkeelSubject } = await import('./evenkeel-subject.ts');
      const library = name === 'evenkeel-ioredis' ? 'ioredis' : 'redis';
      return evenkeelSubject(options, { library, fleetSingleFlight: name === 'evenkeel-fleet' });
    }
    case 'tier':
    case 'tier-ioredis': {
      const { tierSubject } = await import('./tier-subject.ts');
      return tierSubject(options, { library: name === 'tier' ? 'redis' : 'ioredis' });
    }
    case 'bentocache': {
      const { bentocacheSubject } = await import('./bentocache-subject.ts');
      return bentocacheSubject(options);
    }
    case 'cacheable': {
      const { cacheableSubject } = await import('./cacheable-subject.ts');
      return await cacheableSubject(options);
    }
  }
}

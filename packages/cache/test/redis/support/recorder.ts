import type { Invalidation, TierListener } from '../../../src/tier/second-tier.ts';

/** What a tier has told. */
export class Recorder implements TierListener {
  readonly invalidations: Invalidation[] = [];
  readonly states: string[] = [];
  readonly failures: unknown[] = [];
  resets = 0;

  invalidated(invalidation: Invalidation): void {
    this.invalidations.push(invalidation);
  }

  reset(): void {
    this.resets += 1;
  }

  changed(state: { readonly kind: 'up' | 'away' }): void {
    this.states.push(state.kind);
  }

  failed(_source: string, error: unknown): void {
    this.failures.push(error);
  }
}

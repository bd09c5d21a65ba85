import type { ComponentView } from './allocation-view.ts';

/* A change of share below this is not worth a call. */
export const LEAST_CHANGE = 0.01;

/** Shares are for people to read, too. */
export function roundShare(share: number): number {
  return Math.round(share * 100) / 100;
}

/** The same, but no less than usual: who underestimates it here brings the pressure back. */
export function carefulGainsOf(
  components: readonly ComponentView[],
  resource: string,
): (component: ComponentView) => number {
  const known = components.flatMap(({ effects }) => effects.get(resource) ?? []);
  const typical = known.length === 0 ? 0 : known.reduce((sum, gain) => sum + gain, 0) / known.length;
  return ({ effects }) => Math.max(typical, effects.get(resource) ?? 0);
}

/**
 * What each component's whole share costs of the resource; where that was not learned yet, what is usual for
 * the others, and `undefined` where nothing was learned at all.
 */
export function gainsOf(
  components: readonly ComponentView[],
  resource: string,
): (component: ComponentView) => number | undefined {
  const known = components.flatMap(({ effects }) => effects.get(resource) ?? []);
  const typical = known.length === 0 ? undefined : known.reduce((sum, gain) => sum + gain, 0) / known.length;
  return ({ effects }) => effects.get(resource) ?? typical;
}

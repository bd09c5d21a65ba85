/** Used part of a resource over time, without the components. */
export type Load = (elapsedMs: number) => number;

/** A load of a kind, period and height that the seed tells. */
export function randomLoad(random: () => number): Load {
  const base = 0.7 * random();
  const height = 1.3 * random();
  const periodMs = 1000 * 2 ** (8 * random());
  const duty = 0.1 + 0.8 * random();
  const kind = Math.floor(random() * 4);
  const startMs = 20_000 * random();
  if (kind === 0) return (elapsedMs) => base + (elapsedMs % periodMs < duty * periodMs ? height : 0);
  if (kind === 1)
    return (elapsedMs) => base + (height * (1 + Math.sin((2 * Math.PI * elapsedMs) / periodMs))) / 2;
  if (kind === 2) return (elapsedMs) => base + (elapsedMs > startMs ? height : 0);
  return () => base + height * random();
}

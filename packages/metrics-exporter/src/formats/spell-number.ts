/** A number as Prometheus reads it: as JavaScript writes it, but for the infinities. */
export function spellNumber(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}

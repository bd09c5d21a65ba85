/** An SRV record, as `node:dns` gives it. */
export interface SrvRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

/* Of a balancer's weights. */
const MIN_WEIGHT = 0.001;
const MAX_WEIGHT = 1000;

/* RFC 2782: beside records with a weight, one without has "a very small chance" of being selected. */
const SHARE_OF_ZERO = 0.01;

/** Weights of records of one priority, in proportion to theirs. All alike where none has one. */
export function weightsOf(records: readonly Pick<SrvRecord, 'weight'>[]): number[] {
  const given = records.map(({ weight }) => weight);
  const greatest = Math.max(0, ...given);
  if (greatest === 0) return given.map(() => 1);
  const scale = Math.min(1, MAX_WEIGHT / greatest);
  const least = Math.min(...given.filter((weight) => weight > 0));
  return given.map((weight) => Math.max(MIN_WEIGHT, (weight > 0 ? weight : least * SHARE_OF_ZERO) * scale));
}

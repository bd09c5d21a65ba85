/**
 * The names of the tier's keys. All begin with the user's prefix:
 *
 * - `state`: a hash with the counter of epochs (`n`), where it began (`o`), the epochs of the last clear (`c`) and
 *   of the last prefix or pattern rule (`r`)
 * - `d:<key>`: an entry, a hash: payload (`v`), epoch (`e`), until when it is fresh (`f`), load time (`l`), tags (`g`)
 * - `k:<key>`: the epoch of the key's last invalidation or set, for as long as fences are accepted
 * - `t:<tag>`: the epochs of the tag's last hard and last soft invalidation; at least as long as any entry with it
 * - `l:<key>`: who loads the key
 * - `i:<epoch>:<sender>:<invalidations>`: a signal; deleted as soon as it is written
 */
export class KeySpace {
  readonly state: string;
  readonly entries: string;
  readonly keys: string;
  readonly tags: string;
  readonly leases: string;
  readonly signals: string;

  constructor(prefix: string) {
    this.state = `${prefix}state`;
    this.entries = `${prefix}d:`;
    this.keys = `${prefix}k:`;
    this.tags = `${prefix}t:`;
    this.leases = `${prefix}l:`;
    this.signals = `${prefix}i:`;
  }
}

/** A pattern of Redis that matches what begins with `prefix`. */
export function matchPrefix(prefix: string): string {
  return `${prefix.replaceAll(/[\\*?[\]^-]/g, '\\$&')}*`;
}

/* With the u flag, pairs of them are one character: this matches the halves alone. */
const HALF_PAIR = /\p{Surrogate}/u;
const HALF_PAIRS = /\p{Surrogate}/gu;

/** Whether the text is the same after a way through UTF-8: halves of surrogate pairs are not. */
export function survivesUtf8(text: string): boolean {
  return !HALF_PAIR.test(text);
}

/** What a way through UTF-8 makes of the text. */
export function throughUtf8(text: string): string {
  return text.replaceAll(HALF_PAIRS, '\ufffd');
}

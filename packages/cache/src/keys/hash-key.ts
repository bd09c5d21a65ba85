/**
 * A 32-bit hash of a key, signed: every character counts, and every bit of a character changes each bit of the
 * hash half of the time. Not a secret: keys of equal hash can be made on purpose, so it must not name anything.
 *
 * MurmurHash3 (x86, 32 bits, seed 0) of the key's UTF-16 in little-endian order: two characters at a time
 * (Austin Appleby, https://github.com/aappleby/smhasher).
 */
export function hashKey(key: string): number {
  const { length } = key;
  let hash = 0;
  let word = 0;
  let at = 0;
  for (; at + 1 < length; at += 2) {
    word = Math.imul(key.charCodeAt(at) | (key.charCodeAt(at + 1) << 16), 0xcc9e2d51);
    hash ^= Math.imul((word << 15) | (word >>> 17), 0x1b873593);
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  if (at < length) {
    word = Math.imul(key.charCodeAt(at), 0xcc9e2d51);
    hash ^= Math.imul((word << 15) | (word >>> 17), 0x1b873593);
  }
  hash ^= length * 2;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

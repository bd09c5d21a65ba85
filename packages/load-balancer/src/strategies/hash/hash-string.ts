/**
 * 32 bits of a string, the same on every platform: two UTF-16 units a step are mixed in by a multiplication and a
 * shift, and the finaliser of MurmurHash3 (A. Appleby) lets each bit of the text change each bit of the hash with
 * probability one half. Not for secrets: whoever chooses the strings can make them collide.
 *
 * @param seed another one gives an independent hash
 */
export function hashString(text: string, seed = 0): number {
  const { length } = text;
  let hash = seed ^ length;
  let at = 1;
  for (; at < length; at += 2) {
    hash = Math.imul(hash ^ text.charCodeAt(at - 1) ^ (text.charCodeAt(at) << 16), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  if (at === length) hash = Math.imul(hash ^ text.charCodeAt(at - 1), 0x9e3779b1);
  return finalise(hash);
}

/** The next of a sequence of hashes that a hash begins; it looks like an independent one. */
export function nextHash(hash: number): number {
  return finalise(hash + 0x9e3779b9);
}

function finalise(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

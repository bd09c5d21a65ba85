/**
 * The hits that no policy can exceed (L. A. Belady, "A study of replacement algorithms for a virtual-storage
 * computer", IBM Systems Journal 5, 1966): evicts what is used furthest in the future, and does not let in what
 * would be the next to go.
 *
 * The cache is the set of the times of the next uses of its keys: a request is a hit when its time is in it.
 */
export function optimal({ keys, unique }, capacity) {
  const nextUses = futureUses(keys, unique);
  const times = new TimeSet(keys.length);
  let hits = 0;
  let size = 0;
  for (let now = 0; now < keys.length; now += 1) {
    const next = nextUses[now];
    if (times.delete(now)) {
      hits += 1;
      size -= 1;
    }
    if (next < 0) continue;
    if (size === capacity) {
      const furthest = times.max();
      if (furthest < next) continue;
      times.delete(furthest);
      size -= 1;
    }
    times.add(next);
    size += 1;
  }
  return hits;
}

/* When the key of each request is requested next; -1 for never. */
function futureUses(keys, unique) {
  const nextUses = new Int32Array(keys.length);
  const seen = new Int32Array(unique).fill(-1);
  for (let now = keys.length - 1; now >= 0; now -= 1) {
    nextUses[now] = seen[keys[now]];
    seen[keys[now]] = now;
  }
  return nextUses;
}

/* Numbers below a limit: a bit for each, and over each 32 bits one that says whether any of them is set. */
class TimeSet {
  constructor(limit) {
    this.levels = [];
    for (let bits = limit; ; bits = Math.ceil(bits / 32)) {
      this.levels.push(new Int32Array(Math.ceil(bits / 32) || 1));
      if (bits <= 32) break;
    }
  }

  add(time) {
    for (let at = time, level = 0; level < this.levels.length; level += 1, at >>>= 5) {
      this.levels[level][at >>> 5] |= 1 << (at & 31);
    }
  }

  delete(time) {
    if (((this.levels[0][time >>> 5] >>> (time & 31)) & 1) === 0) return false;
    for (let at = time, level = 0; level < this.levels.length; level += 1, at >>>= 5) {
      const words = this.levels[level];
      words[at >>> 5] &= ~(1 << (at & 31));
      if (words[at >>> 5] !== 0) break;
    }
    return true;
  }

  max() {
    let at = 0;
    for (let level = this.levels.length - 1; level >= 0; level -= 1) {
      at = (at << 5) | (31 - Math.clz32(this.levels[level][at]));
    }
    return at;
  }
}

/* Kinds of keys in a program, with room to spare; keys without kinds must not fill the memory. */
const MAX_PREFIXES = 1000;

/* After the first attempt that was no use, so many values are not tried; twice as many after each further one. */
const FIRST_PAUSE = 16;
const MAX_PAUSE = 4096;

interface Experience {
  pause: number;
  left: number;
}

/** Learns by the prefixes of keys what does not compress, so that it is tried seldom. */
export class Compressibility {
  readonly #experiences = new Map<string, Experience>();

  /** Whether a value of such a key is worth an attempt. */
  isWorthIt(key: string): boolean {
    const experience = this.#experiences.get(prefixOf(key));
    return experience === undefined || --experience.left < 0;
  }

  /** What an attempt has come to. */
  learn(key: string, hasCompressed: boolean): void {
    const prefix = prefixOf(key);
    if (hasCompressed) {
      this.#experiences.delete(prefix);
      return;
    }
    const pause = Math.min(2 * (this.#experiences.get(prefix)?.pause ?? FIRST_PAUSE / 2), MAX_PAUSE);
    this.#experiences.delete(prefix);
    this.#experiences.set(prefix, { pause, left: pause });
    if (this.#experiences.size <= MAX_PREFIXES) return;
    // The one learnt about longest ago.
    for (const oldest of this.#experiences.keys()) {
      this.#experiences.delete(oldest);
      break;
    }
  }
}

/** `user` of `user:1` and of `user/1`; keys that have neither share one prefix. */
function prefixOf(key: string): string {
  const end = key.search(/[:/]/);
  return end === -1 ? '' : key.slice(0, end);
}

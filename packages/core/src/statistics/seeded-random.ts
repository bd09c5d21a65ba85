import { option, readValue } from '../options/index.ts';

/**
 * A source of pseudo-random numbers that gives the same sequence for the same seed, on every platform:
 * uniform in [0, 1), with 53 random bits each. Not for secrets.
 *
 * xoshiro128** of D. Blackman and S. Vigna, "Scrambled Linear Pseudorandom Number Generators", ACM
 * Transactions on Mathematical Software 47 (2021); its state is filled from the seed by the 32-bit finaliser
 * of MurmurHash3 over a Weyl sequence. Period 2^128 - 1.
 *
 * @param seed an integer from 0 to 2^53 - 1
 * @returns a function to use in the place of `Math.random`
 * @throws ConfigurationError when the seed is not such an integer
 */
export function seededRandom(seed: number): () => number {
  readValue('seededRandom', 'seed', seed, option.integer({ min: 0 }));
  let weyl = (seed ^ Math.imul(Math.floor(seed / 2 ** 32), 0x85ebca6b)) | 0;
  const fill = (): number => {
    weyl = (weyl + 0x9e3779b9) | 0;
    let mixed = Math.imul(weyl ^ (weyl >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return mixed ^ (mixed >>> 16);
  };
  let a = fill();
  let b = fill();
  let c = fill();
  let d = fill();
  const next32 = (): number => {
    const scrambled = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return scrambled >>> 0;
  };
  return () => {
    const high = next32() >>> 5;
    return (high * 2 ** 26 + (next32() >>> 6)) / 2 ** 53;
  };
}

function rotateLeft(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

/** The recorded traces by name: the file, and how it is read. */
export const TRACES = [
  ['web07', 'cache2k_web07.trace.xz'],
  ['web12', 'cache2k_web12.trace.xz'],
  ['orm-busy', 'cache2k_orm-busy.trace.xz'],
  ['orm-night', 'cache2k_orm-night.trace.xz'],
  ['2_pools', 'lirs_2_pools.trace.gz'],
  ['cpp', 'lirs_cpp.trace.gz'],
  ['cs', 'lirs_cs.trace.gz'],
  ['gli', 'lirs_gli.trace.gz'],
  ['loop', 'lirs_loop.trace.gz'],
  ['multi1', 'lirs_multi1.trace.gz'],
  ['multi2', 'lirs_multi2.trace.gz'],
  ['multi3', 'lirs_multi3.trace.gz'],
  ['ps', 'lirs_ps.trace.gz'],
  ['sprite', 'lirs_sprite.trace.gz'],
].map(([name, file]) => ({ name, file }));

/**
 * Reads a trace; `undefined` where its file is not there.
 *
 * @returns its name, the keys of its requests, numbered from 0, and how many there are
 */
export function readTrace(directory, { name, file }) {
  const location = path.join(directory, file);
  if (!existsSync(location)) return undefined;
  return numberKeys(name, file.endsWith('.xz') ? bigEndianIntegers(unxz(location)) : blockNumbers(location));
}

/** Numbers the keys in the order of their first requests. */
export function numberKeys(name, requests) {
  const numbers = new Map();
  const keys = new Int32Array(requests.length);
  for (let at = 0; at < requests.length; at += 1) {
    let number = numbers.get(requests[at]);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(requests[at], number);
    }
    keys[at] = number;
  }
  return { name, keys, unique: numbers.size };
}

/** Caches of 0.5, 2, 10 and 30 % of the keys of a trace. */
export function cacheSizes({ unique }) {
  return [0.005, 0.02, 0.1, 0.3].map((share) => Math.max(2, Math.round(unique * share)));
}

function unxz(location) {
  const { status, stdout, error } = spawnSync('xz', ['-dc', location], { maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`xz could not read ${location}`, { cause: error });
  return stdout;
}

function bigEndianIntegers(bytes) {
  return Int32Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readInt32BE(4 * at));
}

/* A block number a line; a line with a star marks a place in the program that was traced. */
function blockNumbers(location) {
  return gunzipSync(readFileSync(location))
    .toString('latin1')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.includes('*'))
    .map(Number);
}

import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type Clock, callWithTimeout, systemClock } from '@evenkeel/core';
import type { Collector } from '../collectors/collector.ts';
import type { GpuDeviceReading, GpuReading } from '../collectors/readings.ts';

export interface GpuCollectorOptions {
  readonly clock?: Clock;
  /** How long `nvidia-smi` may take before it is killed, in ms. @defaultValue 2000 */
  readonly timeoutMs?: number;
  /** Directories to look for `nvidia-smi` in, joined as in PATH. @defaultValue process.env.PATH */
  readonly searchPath?: string;
}

const FIELDS = ['index', 'name', 'utilization.gpu', 'memory.used', 'memory.total', 'temperature.gpu'];
const QUERY = [`--query-gpu=${FIELDS.join(',')}`, '--format=csv,noheader,nounits'];
const PROGRAMS = process.platform === 'win32' ? ['nvidia-smi.exe'] : ['nvidia-smi'];
const MIB = 1024 * 1024;

/** NVIDIA GPUs by `nvidia-smi`, run as a child process; `undefined` where that program does not exist. */
export class GpuCollector implements Collector<GpuReading | undefined> {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #searchPath: string | undefined;
  #program: Promise<string | undefined> | undefined;

  constructor({ clock = systemClock, timeoutMs = 2000, searchPath }: GpuCollectorOptions = {}) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#searchPath = searchPath;
  }

  /** Forgets whether the program exists, so that one installed meanwhile is found. */
  start(): void {
    this.#program = undefined;
  }

  async collect(signal?: AbortSignal): Promise<GpuReading | undefined> {
    this.#program ??= findProgram(this.#searchPath ?? process.env.PATH ?? '');
    const program = await this.#program;
    if (program === undefined) return undefined;
    const output = await callWithTimeout((aborted) => run(program, aborted), {
      timeoutMs: this.#timeoutMs,
      what: 'nvidia-smi',
      signal,
      clock: this.#clock,
    });
    return parseGpus(output);
  }
}

/** Reads what `nvidia-smi --format=csv,noheader,nounits` prints: a line for each device, memory in MiB. */
export function parseGpus(output: string): GpuReading {
  const devices = output
    .split('\n')
    .map((line) => line.split(',').map((field) => field.trim()))
    .filter((fields) => fields.length === FIELDS.length && /^\d+$/.test(fields[0] ?? ''))
    .map(device);
  const utilizationRatio = greatest(devices.map((each) => each.utilizationRatio));
  const memoryUsedRatio = greatest(
    devices.map(({ memoryUsedBytes: used, memoryTotalBytes: total }) =>
      used !== undefined && total ? used / total : undefined,
    ),
  );
  return {
    devices,
    ...(utilizationRatio !== undefined && { utilizationRatio }),
    ...(memoryUsedRatio !== undefined && { memoryUsedRatio }),
  };
}

function device([index, name = '', ...figures]: readonly string[]): GpuDeviceReading {
  // A figure that a device does not have reads as [N/A] or [Not Supported].
  const [utilization, used, total, temperature] = figures.map((text) =>
    /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined,
  );
  return {
    index: Number(index),
    name,
    ...(utilization !== undefined && { utilizationRatio: utilization / 100 }),
    ...(used !== undefined && { memoryUsedBytes: used * MIB }),
    ...(total !== undefined && { memoryTotalBytes: total * MIB }),
    ...(temperature !== undefined && { temperatureCelsius: temperature }),
  };
}

function greatest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

async function findProgram(searchPath: string): Promise<string | undefined> {
  for (const directory of searchPath.split(delimiter)) {
    for (const program of PROGRAMS) {
      const path = join(directory, program);
      const found = directory !== '' && (await isExecutable(path));
      if (found) return path;
    }
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function run(program: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { signal, killSignal: 'SIGKILL', windowsHide: true, encoding: 'utf8' } as const;
    const child = execFile(program, QUERY, options, (error, stdout) =>
      error ? reject(error) : resolve(stdout),
    );
    // Neither the child nor its pipes may keep the process waiting.
    child.unref();
    for (const stream of [child.stdout, child.stderr, child.stdin]) {
      if (stream && 'unref' in stream && typeof stream.unref === 'function') stream.unref();
    }
  });
}

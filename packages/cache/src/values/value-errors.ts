import { EvenkeelError } from '@evenkeel/core';

/** A value that cannot be kept the way the cache was told to. `path` is where in it the reason lies. */
export class UnstorableValueError extends EvenkeelError {
  override readonly name = 'UnstorableValueError';
  /** `value.items[3].save`. */
  readonly path: string;
  /** Undefined where the value has no key, as in a serializer by itself. */
  readonly key: string | undefined;
  readonly #problem: string;

  /** @param problem follows the path: `is a function` */
  constructor(path: string, problem: string, { key, cause }: { key?: string; cause?: unknown } = {}) {
    const owner = key === undefined ? 'the value' : `the value of ${JSON.stringify(key)}`;
    super(`${owner} cannot be stored: ${path} ${problem}`, { code: 'UNSTORABLE_VALUE', cause });
    this.path = path;
    this.key = key;
    this.#problem = problem;
  }

  /** The same with the key named. */
  withKey(key: string): UnstorableValueError {
    return new UnstorableValueError(this.path, this.#problem, { key, cause: this.cause });
  }
}

/** Bytes that are not what a serializer or compressor of this package wrote. */
export class CorruptValueError extends EvenkeelError {
  override readonly name = 'CorruptValueError';

  constructor(problem: string, cause?: unknown) {
    super(`stored bytes cannot be read: ${problem}`, { code: 'CORRUPT_VALUE', cause });
  }
}

/** Bytes compressed by a process that has what this one has not. */
export class CodecUnavailableError extends EvenkeelError {
  override readonly name = 'CodecUnavailableError';

  constructor(codec: string, how = '') {
    super(`this runtime cannot decompress ${codec}${how && ` ${how}`}`, { code: 'CODEC_UNAVAILABLE' });
  }
}

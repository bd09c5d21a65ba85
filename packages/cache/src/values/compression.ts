import { errorMessage, option, readOptions } from '@evenkeel/core';
import { CODECS, type Codec, type CodecName, createCodecs } from './codecs.ts';
import { Compressibility } from './compressibility.ts';
import { type CompressionRuntime, detectCompression } from './compression-runtime.ts';
import { CodecUnavailableError, CorruptValueError } from './value-errors.ts';

export interface CompressorOptions {
  /** Values of fewer bytes are left as they are. @defaultValue '8kb' */
  readonly threshold?: number | string;
  /** What is larger is not decompressed: it would be damaged, or made to exhaust the memory. @defaultValue '256mb' */
  readonly maxOutputBytes?: number | string;
  /**
   * What to compress with; all are read. Leave out `zstd` where processes on Node before 22.15 read what this one
   * writes. @defaultValue all that the runtime has
   */
  readonly codecs?: readonly CodecName[];
  /** What there is to compress with. @defaultValue `node:zlib`, or else the streams of the browser */
  readonly runtime?: CompressionRuntime;
}

export interface CompressionStatistics {
  /** Values that an attempt was made to compress. */
  readonly tried: number;
  /** Of these, kept compressed: at least 20 % smaller. */
  readonly kept: number;
  /** Values large enough that were not tried, because others of their prefix had not compressed. */
  readonly skipped: number;
  /** Bytes of the values that were kept compressed, before and after. */
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/* The first byte: 0 for bytes as they are, else the codec, followed by the length of 4 bytes, little-endian. */
const STORED = 0;
const CODEC_OF_BYTE: readonly (CodecName | undefined)[] = [undefined, ...CODECS];
const HEADER_BYTES = 5;

/* Below, deflate is the fastest to read; above, brotli and zstd are to write. See the benchmark. */
const LARGE = 64 * 1024;

/* What takes less time on the event loop than a trip to the thread pool and back. */
const MAX_SYNC_COMPRESS = 32 * 1024;
const MAX_SYNC_DECOMPRESS = 64 * 1024;

const MIN_SAVING = 0.2;

/**
 * Compresses large values where that is a gain, judged value by value and learnt by the prefix of the keys (up to
 * the first `:` or `/`): after a value that did not become 20 % smaller, the next 16 of its prefix are not tried,
 * and twice as many each further time, up to 4,096. Small values are done at once, larger ones in the thread pool
 * (or by the browser's streams, always later). Each result says what made it, so that other processes can read
 * it whatever they have chosen.
 *
 * @throws ConfigurationError
 */
export class Compressor {
  readonly #threshold: number;
  readonly #maxOutputBytes: number;
  readonly #codecs: ReadonlyMap<CodecName, Codec>;
  readonly #small: CodecName | undefined;
  readonly #large: CodecName | undefined;
  readonly #compressibility = new Compressibility();
  #tried = 0;
  #kept = 0;
  #skipped = 0;
  #bytesIn = 0;
  #bytesOut = 0;

  constructor(options: CompressorOptions = {}) {
    const { threshold, maxOutputBytes, codecs, runtime } = readOptions('Compressor', options, {
      threshold: option.bytes({ min: 1 }).default(8 * 1024),
      maxOutputBytes: option.bytes({ min: 1, max: 2 ** 32 - 1 }).default(256 * 1024 * 1024),
      codecs: option.listOf(option.oneOf(CODECS)).default(CODECS),
      runtime: option.withMethods<CompressionRuntime>().optional(),
    });
    this.#threshold = threshold;
    this.#maxOutputBytes = maxOutputBytes;
    this.#codecs = createCodecs(runtime ?? detectCompression());
    const usable = codecs.filter((name) => this.#codecs.has(name));
    const firstOf = (...names: readonly CodecName[]) => names.find((name) => usable.includes(name));
    this.#small = firstOf('deflate', 'zstd', 'brotli');
    this.#large = firstOf('zstd', 'brotli', 'deflate');
  }

  /** Whether it can compress and decompress before it returns: not in browsers. */
  get isSynchronous(): boolean {
    return [...this.#codecs.values()].some(({ decompressSync }) => decompressSync !== undefined);
  }

  get statistics(): CompressionStatistics {
    return {
      tried: this.#tried,
      kept: this.#kept,
      skipped: this.#skipped,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
    };
  }

  /** What to store for the bytes: never in the same memory. Never throws or rejects: what fails is kept as it is. */
  compress(key: string, bytes: Uint8Array): Uint8Array | Promise<Uint8Array> {
    const name = bytes.length < LARGE ? this.#small : this.#large;
    const codec = name === undefined ? undefined : this.#codecs.get(name);
    if (codec === undefined || bytes.length < this.#threshold || bytes.length > this.#maxOutputBytes) {
      return stored(bytes);
    }
    if (!this.#compressibility.isWorthIt(key)) {
      this.#skipped++;
      return stored(bytes);
    }
    this.#tried++;
    const choose = (packed: Uint8Array) => this.#choose(key, bytes, name, packed);
    const giveUp = () => choose(bytes);
    if (codec.compressSync === undefined || bytes.length > MAX_SYNC_COMPRESS) {
      return codec.compress(bytes).then(choose, giveUp);
    }
    try {
      return choose(codec.compressSync(bytes));
    } catch {
      return giveUp();
    }
  }

  /**
   * The bytes that `compress` was given; what was stored as it is comes in the same memory.
   *
   * @throws CorruptValueError, CodecUnavailableError: thrown at once, or rejected with
   */
  decompress(packed: Uint8Array): Uint8Array | Promise<Uint8Array> {
    const { codec, length, content } = this.#open(packed);
    if (codec === undefined) return content;
    if (codec.decompressSync !== undefined && length <= MAX_SYNC_DECOMPRESS) {
      return this.decompressSync(packed);
    }
    return codec.decompress(content, length).then((bytes) => checked(bytes, length), failed);
  }

  /**
   * Whatever the size, and before it returns.
   *
   * @throws CorruptValueError
   * @throws CodecUnavailableError also where the runtime has only streams, as browsers do
   */
  decompressSync(packed: Uint8Array): Uint8Array {
    const { codec, name, length, content } = this.#open(packed);
    if (codec === undefined) return content;
    if (codec.decompressSync === undefined) throw new CodecUnavailableError(name, 'synchronously');
    let bytes: Uint8Array;
    try {
      bytes = codec.decompressSync(content, length);
    } catch (error) {
      return failed(error);
    }
    return checked(bytes, length);
  }

  #choose(key: string, bytes: Uint8Array, name: CodecName | undefined, packed: Uint8Array): Uint8Array {
    const isGain = packed.length + HEADER_BYTES <= bytes.length * (1 - MIN_SAVING);
    this.#compressibility.learn(key, isGain);
    if (!isGain) return stored(bytes);
    this.#kept++;
    this.#bytesIn += bytes.length;
    // A copy, for zlib gives a part of a larger buffer.
    const result = new Uint8Array(HEADER_BYTES + packed.length);
    result[0] = CODEC_OF_BYTE.indexOf(name);
    new DataView(result.buffer).setUint32(1, bytes.length, true);
    result.set(packed, HEADER_BYTES);
    this.#bytesOut += result.length;
    return result;
  }

  #open(packed: Uint8Array) {
    const first = packed[0];
    if (first === STORED) {
      return { codec: undefined, name: undefined, length: packed.length - 1, content: packed.subarray(1) };
    }
    const name = first === undefined ? undefined : CODEC_OF_BYTE[first];
    if (name === undefined || packed.length < HEADER_BYTES) {
      throw new CorruptValueError('they do not begin with the name of a codec');
    }
    const length = new DataView(packed.buffer, packed.byteOffset, packed.byteLength).getUint32(1, true);
    if (length > this.#maxOutputBytes) {
      throw new CorruptValueError(`${length} bytes are said to be in them, ${this.#maxOutputBytes} may be`);
    }
    const codec = this.#codecs.get(name);
    if (codec === undefined) throw new CodecUnavailableError(name);
    return { codec, name, length, content: packed.subarray(HEADER_BYTES) };
  }
}

function stored(bytes: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length + 1);
  result.set(bytes, 1);
  return result;
}

function checked(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length === length) return bytes;
  throw new CorruptValueError(`${bytes.length} bytes are in them instead of ${length}`);
}

function failed(error: unknown): never {
  throw new CorruptValueError(errorMessage(error), error);
}

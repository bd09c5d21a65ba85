import type { CompressionRuntime, Zlib } from './compression-runtime.ts';

export const CODECS = ['deflate', 'brotli', 'zstd'] as const;

/** `deflate` is the raw format of RFC 1951, at level 1; `brotli` has quality 1; `zstd` level 1. */
export type CodecName = (typeof CODECS)[number];

/** A way to compress, as far as the runtime has it. */
export interface Codec {
  compressSync?(bytes: Uint8Array): Uint8Array;
  decompressSync?(bytes: Uint8Array, length: number): Uint8Array;
  compress(bytes: Uint8Array): Promise<Uint8Array>;
  /** Rejects when there is more than `length`, long before it has used up the memory. */
  decompress(bytes: Uint8Array, length: number): Promise<Uint8Array>;
}

export function createCodecs(runtime: CompressionRuntime): ReadonlyMap<CodecName, Codec> {
  const codecs = new Map<CodecName, Codec>();
  const { zlib } = runtime;
  if (zlib === undefined) {
    const streams = streamCodec(runtime);
    if (streams !== undefined) codecs.set('deflate', streams);
    return codecs;
  }
  const { constants } = zlib;
  codecs.set(
    'deflate',
    zlibCodec(zlib, 'deflateRaw', 'inflateRaw', () => ({ level: 1 })),
  );
  codecs.set(
    'brotli',
    zlibCodec(zlib, 'brotliCompress', 'brotliDecompress', (length) => ({
      params: {
        [constants.BROTLI_PARAM_QUALITY ?? 1]: 1,
        [constants.BROTLI_PARAM_SIZE_HINT ?? 5]: length,
      },
    })),
  );
  if (zlib.zstdCompressSync !== undefined) {
    const params = { [constants.ZSTD_c_compressionLevel ?? 100]: 1 };
    codecs.set(
      'zstd',
      zlibCodec(zlib, 'zstdCompress', 'zstdDecompress', () => ({ params })),
    );
  }
  return codecs;
}

type Packing = 'deflateRaw' | 'brotliCompress' | 'zstdCompress';
type Unpacking = 'inflateRaw' | 'brotliDecompress' | 'zstdDecompress';

function zlibCodec(
  zlib: Zlib,
  pack: Packing,
  unpack: Unpacking,
  options: (length: number) => Readonly<Record<string, unknown>>,
): Codec {
  return {
    compressSync: (bytes) => present(zlib[`${pack}Sync`])(bytes, options(bytes.length)),
    decompressSync: (bytes, length) => present(zlib[`${unpack}Sync`])(bytes, outputOptions(length)),
    compress: (bytes) => inPool(present(zlib[pack]), bytes, options(bytes.length)),
    decompress: (bytes, length) => inPool(present(zlib[unpack]), bytes, outputOptions(length)),
  };
}

/** One chunk for all, and an end to what claims to be less than it is. */
function outputOptions(length: number): Readonly<Record<string, unknown>> {
  return { chunkSize: length + 64, maxOutputLength: Math.max(1, length) };
}

function inPool(
  run: NonNullable<Zlib[Packing | Unpacking]>,
  bytes: Uint8Array,
  options: Readonly<Record<string, unknown>>,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    run(bytes, options, (error, result) => (error === null ? resolve(result) : reject(error)));
  });
}

/* The four functions of zstd come together. */
function present<T>(method: T | undefined): T {
  if (method === undefined) throw new TypeError('node:zlib has only a part of zstd');
  return method;
}

function streamCodec({ CompressionStream, DecompressionStream }: CompressionRuntime): Codec | undefined {
  if (CompressionStream === undefined || DecompressionStream === undefined) return undefined;
  return {
    compress: (bytes) => pump(new CompressionStream('deflate-raw'), bytes, Infinity),
    decompress: (bytes, length) => pump(new DecompressionStream('deflate-raw'), bytes, length),
  };
}

async function pump(
  { readable, writable }: InstanceType<NonNullable<CompressionRuntime['CompressionStream']>>,
  bytes: Uint8Array,
  maxLength: number,
): Promise<Uint8Array> {
  const writer = writable.getWriter();
  // Its failure is also that of the reader.
  const written = Promise.allSettled([writer.write(bytes), writer.close()]);
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = readable.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    chunks.push(part.value);
    length += part.value.length;
    if (length > maxLength) {
      await reader.cancel();
      throw new RangeError(`there is more than ${maxLength} bytes`);
    }
  }
  await written;
  const result = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    result.set(chunk, at);
    at += chunk.length;
  }
  return result;
}

type Options = Readonly<Record<string, unknown>>;
type Callback = (error: Error | null, result: Uint8Array) => void;
type Sync = (bytes: Uint8Array, options: Options) => Uint8Array;
type Async = (bytes: Uint8Array, options: Options, callback: Callback) => void;

/** What is used of `node:zlib`, described here since this part of the package also runs in browsers. */
export interface Zlib {
  readonly constants: Readonly<Record<string, number>>;
  readonly deflateRawSync: Sync;
  readonly deflateRaw: Async;
  readonly inflateRawSync: Sync;
  readonly inflateRaw: Async;
  readonly brotliCompressSync: Sync;
  readonly brotliCompress: Async;
  readonly brotliDecompressSync: Sync;
  readonly brotliDecompress: Async;
  /* Node 22.15 and later. */
  readonly zstdCompressSync?: Sync;
  readonly zstdCompress?: Async;
  readonly zstdDecompressSync?: Sync;
  readonly zstdDecompress?: Async;
}

type StreamClass = new (
  format: 'deflate-raw',
) => {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
};

/** What a runtime has for compression: `node:zlib`, or only the streams of the Compression Streams Standard. */
export interface CompressionRuntime {
  readonly zlib?: Zlib | undefined;
  readonly CompressionStream?: StreamClass | undefined;
  readonly DecompressionStream?: StreamClass | undefined;
}

/** Asks the runtime without importing anything, so that browsers and bundlers find nothing to stumble over. */
export function detectCompression(): CompressionRuntime {
  const host = globalThis as unknown as CompressionRuntime & {
    readonly process?: { readonly getBuiltinModule?: (name: string) => unknown };
  };
  const zlib = host.process?.getBuiltinModule?.('node:zlib') as Zlib | undefined;
  const { CompressionStream, DecompressionStream } = host;
  return { zlib, CompressionStream, DecompressionStream };
}

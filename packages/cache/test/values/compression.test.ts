import { randomBytes } from 'node:crypto';
import zlib from 'node:zlib';
import { ConfigurationError } from '@evenkeel/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Compressor } from '../../src/values/compression.ts';
import {
  type CompressionRuntime,
  detectCompression,
  type Zlib,
} from '../../src/values/compression-runtime.ts';
import { CodecUnavailableError, CorruptValueError } from '../../src/values/value-errors.ts';

const KB = 1024;
const text = (length: number) =>
  Buffer.from('{"name":"tea","price":3.5,"n":123456789},'.repeat(length / 41 + 1)).subarray(0, length);
const STORED = 0;
const DEFLATE = 1;
const BROTLI = 2;
const ZSTD = 3;

/** As in a browser: streams and nothing else. */
const streams: CompressionRuntime = { CompressionStream, DecompressionStream };
/** Node before 22.15, whichever this is. */
const withoutZstd: CompressionRuntime = {
  zlib: {
    ...(zlib as unknown as Zlib),
    zstdCompressSync: undefined,
    zstdCompress: undefined,
    zstdDecompressSync: undefined,
    zstdDecompress: undefined,
  } as unknown as Zlib,
};
/** Node from 22.15 on, whose zstd is here made of what all have. */
const withZstd: CompressionRuntime = {
  zlib: {
    ...(zlib as unknown as Zlib),
    zstdCompressSync: (bytes) => zlib.deflateSync(bytes),
    zstdCompress: (bytes, _, callback) => zlib.deflate(bytes, callback),
    zstdDecompressSync: (bytes, options) => zlib.inflateSync(bytes, options),
    zstdDecompress: (bytes, options, callback) => zlib.inflate(bytes, options, callback),
  },
};

describe('Compressor', () => {
  it('finds node:zlib', () => {
    expect(detectCompression().zlib).toBe(zlib);
  });

  it.each([
    ['below the threshold, as it is', {}, 8 * KB - 1, STORED, 'at once'],
    ['deflate, at once', {}, 8 * KB, DEFLATE, 'at once'],
    ['deflate, at once', {}, 32 * KB, DEFLATE, 'at once'],
    ['deflate, in the thread pool', {}, 32 * KB + 1, DEFLATE, 'later'],
    ['brotli, in the thread pool', { runtime: withoutZstd }, 64 * KB, BROTLI, 'later'],
    ['a threshold of its own', { threshold: '1kb' }, 1 * KB, DEFLATE, 'at once'],
    ['zstd where there is one', { runtime: withZstd }, 64 * KB, ZSTD, 'later'],
    ['deflate beside zstd', { runtime: withZstd }, 63 * KB, DEFLATE, 'later'],
    [
      'no zstd where it is left out',
      { runtime: withZstd, codecs: ['deflate', 'brotli'] as const },
      64 * KB,
      BROTLI,
      'later',
    ],
    ['brotli alone', { codecs: ['brotli'] as const }, 10 * KB, BROTLI, 'at once'],
    ['deflate in a browser', { runtime: streams }, 10 * KB, DEFLATE, 'later'],
    ['deflate in a browser', { runtime: streams }, 100 * KB, DEFLATE, 'later'],
    ['as it is where there is nothing', { runtime: {} }, 100 * KB, STORED, 'at once'],
  ])('%s: %o, %i bytes', async (_, options, length, first, when) => {
    const compressor = new Compressor(options);
    const bytes = text(length);
    const result = compressor.compress('user:1', bytes);
    expect(result instanceof Promise ? 'later' : 'at once').toBe(when);
    const packed = await result;
    expect(packed[0]).toBe(first);
    if (first !== STORED) expect(packed.length).toBeLessThan(length / 5);
    expect(packed.buffer.byteLength).toBe(packed.length);
    expect(Buffer.compare(await compressor.decompress(packed), bytes)).toBe(0);
  });

  it('decompresses at once up to 64 KB, in the thread pool above, and at once where that is asked for', async () => {
    const compressor = new Compressor();
    for (const [length, isSync] of [
      [64 * KB, true],
      [64 * KB + 1, false],
    ] as const) {
      const packed = await compressor.compress('a', text(length));
      const result = compressor.decompress(packed);
      expect(result instanceof Promise).toBe(!isSync);
      expect(Buffer.compare(await result, text(length))).toBe(0);
      expect(Buffer.compare(compressor.decompressSync(packed), text(length))).toBe(0);
    }
  });

  it('keeps as it is what does not become a fifth smaller', async () => {
    const compressor = new Compressor();
    for (const length of [10 * KB, 40 * KB, 100 * KB]) {
      const bytes = randomBytes(length);
      const packed = await compressor.compress(`${length}:1`, bytes);
      expect(packed[0]).toBe(STORED);
      expect(packed.length).toBe(length + 1);
      expect(Buffer.compare(await compressor.decompress(packed), bytes)).toBe(0);
      bytes.fill(0);
      expect(packed.subarray(1).some((byte) => byte !== 0)).toBe(true);
    }
    expect(compressor.statistics).toEqual({ tried: 3, kept: 0, skipped: 0, bytesIn: 0, bytesOut: 0 });
  });

  it('counts', () => {
    const compressor = new Compressor();
    const packed = compressor.compress('a:1', text(10 * KB)) as Uint8Array;
    compressor.compress('a:2', text(100));
    expect(compressor.statistics).toEqual({
      tried: 1,
      kept: 1,
      skipped: 0,
      bytesIn: 10 * KB,
      bytesOut: packed.length,
    });
  });

  it('stops trying where it is no use, and tries again ever more seldom', () => {
    const compressor = new Compressor();
    const noise = randomBytes(10 * KB);
    const triedAt: number[] = [];
    for (let index = 0; index < 200; index++) {
      const before = compressor.statistics.tried;
      compressor.compress(`image/${index}`, noise);
      if (compressor.statistics.tried > before) triedAt.push(index);
    }
    expect(triedAt).toEqual([0, 17, 50, 115]);
    expect(compressor.statistics.skipped).toBe(196);
    // Other prefixes are not concerned.
    expect((compressor.compress('page/1', text(10 * KB)) as Uint8Array)[0]).toBe(DEFLATE);
    expect((compressor.compress('image:1', text(10 * KB)) as Uint8Array)[0]).toBe(STORED);
  });

  it('goes on as ever once it is of use again', () => {
    const compressor = new Compressor();
    compressor.compress('a:1', randomBytes(10 * KB));
    for (let index = 0; index < 16; index++) compressor.compress('a:1', text(10 * KB));
    expect(compressor.statistics.kept).toBe(0);
    for (let index = 0; index < 5; index++) compressor.compress('a:1', text(10 * KB));
    expect(compressor.statistics.kept).toBe(5);
  });

  it('remembers a bounded number of prefixes', () => {
    const compressor = new Compressor({ threshold: 1 });
    const noise = randomBytes(16);
    for (let index = 0; index <= 1000; index++) compressor.compress(`p${index}:1`, noise);
    expect(compressor.statistics.tried).toBe(1001);
    // The first was forgotten, the last was not.
    compressor.compress('p0:1', noise);
    compressor.compress('p1000:1', noise);
    expect(compressor.statistics).toMatchObject({ tried: 1002, skipped: 1 });
  });

  it('reads what any other has written, as far as it has the codec', async () => {
    const bytes = text(80 * KB);
    const writers = [{ runtime: withoutZstd }, { runtime: streams }, { runtime: withZstd }].map(
      (options) => new Compressor(options),
    );
    const [byNode, byBrowser, byZstd] = await Promise.all(writers.map((each) => each.compress('a', bytes)));
    const [node, browser] = writers;
    const read = async (by: Compressor | undefined, packed: Uint8Array = new Uint8Array()) =>
      new Uint8Array((await by?.decompress(packed)) ?? []);
    expect(await read(node, byBrowser)).toEqual(new Uint8Array(bytes));
    await expect(read(browser, byNode)).rejects.toThrow('this runtime cannot decompress brotli');
    await expect(read(node, byZstd)).rejects.toThrow(CodecUnavailableError);
    await expect(read(node, byZstd)).rejects.toMatchObject({ code: 'CODEC_UNAVAILABLE' });
    const deflated = await new Compressor({ codecs: ['deflate'] }).compress('a', bytes);
    expect(await read(browser, deflated)).toEqual(new Uint8Array(bytes));
    expect(() => browser?.decompressSync(deflated)).toThrow('cannot decompress deflate synchronously');
  });

  it.each([
    ['node:zlib', {}],
    ['streams', { runtime: streams }],
  ])('stops a bomb: %s', async (_, options) => {
    const bomb = zlib.deflateRawSync(Buffer.alloc(100_000_000));
    const claim = (length: number) => {
      const packed = Buffer.alloc(5 + bomb.length);
      packed[0] = DEFLATE;
      packed.writeUInt32LE(length, 1);
      bomb.copy(packed, 5);
      return packed;
    };
    const compressor = new Compressor({ ...options, maxOutputBytes: '1mb' });
    const read = async (packed: Uint8Array) => compressor.decompress(packed);
    await expect(read(claim(100_000_000))).rejects.toThrow(
      '100000000 bytes are said to be in them, 1048576 may be',
    );
    await expect(read(claim(1000))).rejects.toThrow(CorruptValueError);
    await expect(read(claim(100_000))).rejects.toThrow(CorruptValueError);
  });

  it.each([
    ['node:zlib', {}],
    ['streams', { runtime: streams }],
  ])('finds damage: %s', async (_, options) => {
    const compressor = new Compressor(options);
    const packed = await compressor.compress('a', text(40 * KB));
    const read = async (bytes: Uint8Array) => compressor.decompress(bytes);
    for (const damaged of [
      new Uint8Array(),
      Uint8Array.of(9, 1, 2, 3, 4, 5),
      Uint8Array.of(DEFLATE, 1),
      packed.subarray(0, packed.length - 20),
      packed.map((byte, at) => (at > 8 ? byte ^ 0xff : byte)),
      packed.map((byte, at) => (at === 1 ? byte + 1 : byte)),
    ]) {
      await expect(read(damaged)).rejects.toThrow(CorruptValueError);
      await expect(read(damaged)).rejects.toMatchObject({ code: 'CORRUPT_VALUE' });
    }
  });

  it('keeps a value as it is when zlib fails', async () => {
    const fails = () => {
      throw new Error('no memory');
    };
    const failing = {
      ...(zlib as unknown as Zlib),
      deflateRawSync: fails,
      deflateRaw: (_: unknown, __: unknown, callback: (error: Error) => void) =>
        callback(new Error('no memory')),
    } as unknown as Zlib;
    const compressor = new Compressor({ runtime: { zlib: failing } });
    expect((await compressor.compress('a', text(10 * KB)))[0]).toBe(STORED);
    expect((await compressor.compress('b:1', text(40 * KB)))[0]).toBe(STORED);
  });

  it('gives back whatever it was given', async () => {
    const compressor = new Compressor({ threshold: 1 });
    const other = new Compressor({ threshold: 1, runtime: streams });
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.nat(300), async (part, times) => {
        const bytes = Buffer.concat(Array.from({ length: times }, () => part));
        const packed = await compressor.compress('a', bytes);
        expect(Buffer.compare(await compressor.decompress(packed), bytes)).toBe(0);
        const streamed = await other.compress('a', bytes);
        expect(Buffer.compare(await compressor.decompress(streamed), bytes)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    [{ threshold: 0 }, 'threshold must be'],
    [{ codecs: ['gzip'] }, 'codecs[0] must be one of "deflate", "brotli", "zstd", got "gzip"'],
    [{ level: 9 }, 'level must be absent'],
  ])('refuses %o', (options, message) => {
    const create = (given: unknown) => new Compressor(given as object);
    expect(() => create(options)).toThrow(ConfigurationError);
    expect(() => create(options)).toThrow(message);
  });
});

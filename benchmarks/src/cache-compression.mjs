/**
 * What compressing cached values costs and saves, by codec and size: what the cache's choice rests on.
 *
 *   node benchmarks/src/cache-compression.mjs [--quick] [--json]
 *
 * Values are lists of random products as an API gives them, as JSON. Times are medians in µs of calls on the event
 * loop; `pool` is the whole time of the same call in the thread pool, one at a time. The first rows of each size
 * are the yardstick: making and reading the JSON itself, and doing so with the cache's serializer. With --quick there are fewer calls, and no 1 MB.
 */
import zlib from 'node:zlib';
import { jsonSerializer } from '@evenkeel/cache';
import { seededRandom } from '@evenkeel/core';
import { median, printTable } from './table.mjs';

const isQuick = process.argv.includes('--quick');
const SIZES = [1, 4, 8, 16, 32, 64, 128, ...(isQuick ? [] : [1024])].map((kilobytes) => kilobytes * 1024);
/* Time for each figure, in ms; and calls at least. */
const BUDGET_MS = isQuick ? 20 : 150;
const MIN_CALLS = 3;
/* The default quality of brotli takes seconds for what is larger. */
const MAX_SLOW_BYTES = 128 * 1024;

const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT, ZSTD_c_compressionLevel } = zlib.constants;
const brotli = (quality) => (bytes) => ({
  params: { [BROTLI_PARAM_QUALITY]: quality, [BROTLI_PARAM_SIZE_HINT]: bytes.length },
});
const codecs = [
  { name: 'gzip 1', pack: 'gzip', unpack: 'gunzip', options: () => ({ level: 1 }) },
  { name: 'gzip 6, its default', pack: 'gzip', unpack: 'gunzip', options: () => ({}) },
  { name: 'deflate raw 1', pack: 'deflateRaw', unpack: 'inflateRaw', options: () => ({ level: 1 }) },
  { name: 'brotli 1', pack: 'brotliCompress', unpack: 'brotliDecompress', options: brotli(1) },
  { name: 'brotli 4', pack: 'brotliCompress', unpack: 'brotliDecompress', options: brotli(4) },
  {
    name: 'brotli 11, its default',
    pack: 'brotliCompress',
    unpack: 'brotliDecompress',
    options: () => ({}),
    isSlow: true,
  },
  {
    name: 'zstd 1',
    pack: 'zstdCompress',
    unpack: 'zstdDecompress',
    options: () => ({ params: { [ZSTD_c_compressionLevel]: 1 } }),
  },
].filter(({ pack }) => zlib[pack] !== undefined);

const random = seededRandom(11);
const words =
  'amber basil cedar dune ember fern grove hazel iris jade kelp lotus maple nectar onyx pine'.split(' ');
const word = () => words[Math.floor(random() * words.length)];

function product(id) {
  return {
    id,
    sku: Math.floor(random() * 36 ** 8).toString(36),
    name: `${word()} ${word()} ${Math.floor(random() * 1000)}`,
    price: Math.round(random() * 100_000) / 100,
    stock: Math.floor(random() * 500),
    tags: [word(), word(), word()],
    updatedAt: new Date(1.7e12 + random() * 1e10).toISOString(),
  };
}

function productsOf(bytes) {
  const products = [];
  for (let size = 0; size < bytes; size += JSON.stringify(products.at(-1)).length + 1) {
    products.push(product(products.length));
  }
  return products;
}

async function micros(call) {
  const times = [];
  const end = performance.now() + BUDGET_MS;
  for (let calls = 0; calls < MIN_CALLS || performance.now() < end; calls++) {
    const startedAt = performance.now();
    const pending = call();
    if (pending instanceof Promise) await pending;
    times.push((performance.now() - startedAt) * 1000);
  }
  return Number(median(times).toPrecision(3));
}

function inPool(name, bytes, options) {
  return new Promise((resolve, reject) => {
    zlib[name](bytes, options, (error, result) => (error === null ? resolve(result) : reject(error)));
  });
}

async function measureCodec(bytes, { name, pack, unpack, options }) {
  const packed = zlib[`${pack}Sync`](bytes, options(bytes));
  return {
    bytes: bytes.length,
    codec: name,
    ratio: Number((bytes.length / packed.length).toFixed(2)),
    'compress µs': await micros(() => zlib[`${pack}Sync`](bytes, options(bytes))),
    'decompress µs': await micros(() => zlib[`${unpack}Sync`](packed)),
    'compress, pool µs': await micros(() => inPool(pack, bytes, options(bytes))),
    'decompress, pool µs': await micros(() => inPool(unpack, packed, {})),
  };
}

async function measure(size) {
  const value = productsOf(size);
  const text = JSON.stringify(value);
  const bytes = Buffer.from(text);
  const yardstick = async (codec, write, read) => ({
    bytes: bytes.length,
    codec,
    ratio: 1,
    'compress µs': await micros(write),
    'decompress µs': await micros(read),
    'compress, pool µs': '',
    'decompress, pool µs': '',
  });
  const rows = [
    await yardstick(
      'JSON',
      () => JSON.stringify(value),
      () => JSON.parse(text),
    ),
    await yardstick(
      'JSON as bytes, serializer',
      () => jsonSerializer.serialize(value),
      () => jsonSerializer.deserialize(bytes),
    ),
  ];
  for (const codec of codecs) {
    if (codec.isSlow !== true || size <= MAX_SLOW_BYTES) rows.push(await measureCodec(bytes, codec));
  }
  return rows;
}

// The first calls of all compile, and fill the thread pool.
for (const codec of codecs) if (codec.isSlow !== true) await measureCodec(Buffer.alloc(4096, 'warm'), codec);
const rows = [];
for (const size of SIZES) rows.push(...(await measure(size)));
if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ node: process.version, rows }, null, 2));
} else {
  console.log(`Node ${process.version}`);
  printTable(rows);
}

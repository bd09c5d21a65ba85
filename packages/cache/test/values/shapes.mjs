/** Shapes of values whose real size is measured: how many to make, and how to make the one of an index. */
const text = (index, length) => Buffer.from(`${index}`.padStart(length, '#'), 'latin1').toString('latin1');
const wideText = (index, length) =>
  Buffer.from(`${index}`.padStart(length, '漢'), 'utf16le').toString('utf16le');
const object = (properties, value, prefix = 'p') =>
  JSON.parse(
    JSON.stringify(
      Object.fromEntries(Array.from({ length: properties }, (_, at) => [prefix + at, value(at)])),
    ),
  );
const grown = (properties) => {
  const result = {};
  for (let at = 0; at < properties; at++) result[`q${at}`] = at;
  return result;
};
const list = (length, item) => Array.from({ length }, (_, at) => item(at));
const row = (index) =>
  JSON.parse(
    JSON.stringify({
      id: index,
      name: text(index, 20),
      price: index + 0.5,
      active: true,
      note: null,
      at: text(index, 24),
    }),
  );

class Account {
  constructor(index) {
    this.id = index;
    this.owner = text(index, 20);
    this.balance = index + 0.25;
  }
}

class Node {
  constructor(next) {
    this.next = next;
  }
}

export const shapes = {
  'object of 3 fractions': { count: 20_000, create: (index) => ({ x: index + 0.5, y: 0.25, z: 1 / index }) },
  'text of 12': { count: 20_000, create: (index) => text(index, 12) },
  'text of 100': { count: 10_000, create: (index) => text(index, 100) },
  'text of 10,000': { count: 300, create: (index) => text(index, 10_000) },
  'wide text of 30': { count: 10_000, create: (index) => wideText(index, 30) },
  bigint: { count: 20_000, create: (index) => 2n ** 60n + BigInt(index) },
  'bigint of 1,000 bits': { count: 10_000, create: (index) => 2n ** 1000n + BigInt(index) },
  date: { count: 10_000, create: (index) => new Date(1e12 + index) },
  'object of 3 integers': { count: 20_000, create: (index) => ({ a: index, b: 2, c: 3 }) },
  row: { count: 5000, create: row },
  'class instance': { count: 10_000, create: (index) => new Account(index) },
  'object of 20': { count: 5000, create: () => object(20, (at) => at) },
  'object of 60, parsed': { count: 2000, create: () => object(60, (at) => at) },
  'object of 60, grown': { count: 2000, create: () => grown(60) },
  'object of 500': { count: 200, create: (index) => object(500, (at) => at, `key ${index} `) },
  'object of 5,000 texts': {
    count: 10,
    create: (index) => object(5000, (at) => text(at, 30), `key ${index} `),
  },
  'array of 10 integers': { count: 20_000, create: () => list(10, (at) => at) },
  'array of 100 fractions': { count: 3000, create: () => list(100, (at) => at + 0.5) },
  'array of 20 texts': { count: 2000, create: (index) => list(20, (at) => text(index + at, 40)) },
  'array of 10,000 fractions': { count: 25, create: () => list(10_000, (at) => at + 0.5) },
  'array of 50 rows': { count: 200, create: () => list(50, row) },
  'array of 2,000 rows': { count: 10, create: () => list(2000, row) },
  'array of 5,000 texts, every other one long': {
    count: 10,
    create: () => list(5000, (at) => text(at, at % 2 === 0 ? 200 : 10)),
  },
  'array of one object 5,000 times': {
    count: 25,
    create: (index) => {
      const one = row(index);
      return list(5000, () => one);
    },
  },
  'array of 300 rows with a list each': {
    count: 25,
    create: () => list(300, (at) => ({ ...row(at), items: list(10, row) })),
  },
  'map of 3': {
    count: 10_000,
    create: () =>
      new Map([
        [1, 1],
        [2, 2],
        [3, 3],
      ]),
  },
  'map of 100 rows': {
    count: 100,
    create: () => new Map(list(100, (at) => [`key ${at} of a map`, row(at)])),
  },
  'map of 3,000 texts': { count: 30, create: () => new Map(list(3000, (at) => [at, text(at, 50)])) },
  'set of 50 texts': { count: 1000, create: () => new Set(list(50, (at) => text(at, 20))) },
  'set of 3,000 texts': { count: 30, create: () => new Set(list(3000, (at) => text(at, 50))) },
  'bytes, 50': { count: 5000, create: () => new Uint8Array(50) },
  'bytes, 10,000': { count: 500, create: () => new Uint8Array(10_000) },
  'buffer, 10,000': { count: 500, create: (index) => Buffer.alloc(10_000, index) },
  'array buffer, 1,000': { count: 1000, create: () => new ArrayBuffer(1000) },
  'chain of 500': {
    count: 200,
    create: () => {
      let node = null;
      for (let at = 0; at < 500; at++) node = new Node(node);
      return node;
    },
  },
  'ring of two': {
    count: 10_000,
    create: () => {
      const ring = { other: { other: null } };
      ring.other.other = ring;
      return ring;
    },
  },
  error: { count: 3000, create: (index) => new Error(`failure ${index}`) },
};

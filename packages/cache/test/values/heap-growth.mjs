/**
 * Prints, as JSON, by how many bytes the heap and the buffers grow for each value of some shapes; run with
 * --expose-gc. Slots of the values are part of the figures. The shapes are in shapes.mjs.
 */
import { shapes } from './shapes.mjs';

/** After as many collections as find something. */
function used() {
  for (let previous = Infinity; ; ) {
    globalThis.gc();
    const { heapUsed, external } = process.memoryUsage();
    const now = heapUsed + external;
    if (now > previous - 1000) return now;
    previous = now;
  }
}

function growth({ count, create }) {
  const before = used();
  const kept = new Array(count);
  for (let index = 0; index < count; index++) kept[index] = create(index);
  const after = used();
  // Keeps them alive until here.
  return (after - before) / kept.length;
}

const result = {};
for (const [name, shape] of Object.entries(shapes)) {
  // The first time compiles, learns the hidden classes and fills caches that stay.
  growth(shape);
  // The engine's own garbage comes and goes: the middle one of three.
  const rounds = [growth(shape), growth(shape), growth(shape)];
  result[name] = rounds.sort((a, b) => a - b)[1];
}
process.stdout.write(JSON.stringify(result));

/**
 * A process for run.mjs: `program.mjs leak|hog managed|alone SECONDS`. It has an essential component, which does
 * 2 ms of work every 20 ms, and one of low priority that goes wrong. It prints one line of JSON each 100 ms.
 */
import { ResourceAllocationManager } from '@evenkeel/allocator';
import { nodeSensors } from '@evenkeel/allocator/node';

const [fault, care, seconds] = process.argv.slice(2);
const startedMs = performance.now();
const FAULT_AFTER_MS = 3000;

/** A cache that nobody bounded: 2 MB more every 100 ms. */
class Leak {
  #kept = [];
  #timer;
  resume = () => {
    this.#timer ??= setInterval(() => this.#kept.push(new Array(262_144).fill(Math.random())), 100);
  };
  pause = () => {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#kept = [];
  };
}

/** Work in slices of 60 ms without a pause between them. */
class Hog {
  #isRunning = false;
  resume = () => {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#slice();
  };
  pause = () => {
    this.#isRunning = false;
  };
  #slice() {
    if (!this.#isRunning) return;
    busy(60);
    setImmediate(() => this.#slice());
  }
}

const component = fault === 'leak' ? new Leak() : new Hog();
const manager = new ResourceAllocationManager({ sensors: nodeSensors() });
manager.registerComponent('essential', { cpuPriority: 'high', isEssential: true });
manager.registerComponent('faulty', {
  cpuPriority: 'low',
  memoryFootprint: 'large',
  pauseCallback: component.pause,
  resumeCallback: component.resume,
});
if (care === 'managed') manager.start();

let latencies = [];
let dueMs = performance.now();
setInterval(() => {
  // What a blocked loop has missed is as late as it would have been.
  for (const nowMs = performance.now(); dueMs <= nowMs; dueMs += 20) {
    busy(2);
    latencies.push(performance.now() - dueMs);
  }
}, 5);
setInterval(() => {
  const { heapUsed } = process.memoryUsage();
  const { kind: state, reason } = manager.getComponentStates().faulty;
  const atMs = performance.now() - startedMs - FAULT_AFTER_MS;
  process.stdout.write(`${JSON.stringify({ atMs, latencies, heapUsed, state, reason })}\n`);
  latencies = [];
}, 100);
setTimeout(component.resume, FAULT_AFTER_MS);
setTimeout(() => process.exit(0), FAULT_AFTER_MS + Number(seconds) * 1000);

function busy(ms) {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

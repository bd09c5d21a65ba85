/** Serves the main thread: a trace and capacities in, the hit ratios in percent of each policy out. */
import { parentPort } from 'node:worker_threads';
import { POLICIES } from './policies.mjs';
import { syntheticTraces } from './synthetic.mjs';
import { readTrace, TRACES } from './traces.mjs';

/* The traces of the last task: tasks of one trace follow each other. */
let last = { source: undefined, trace: undefined };

parentPort.on('message', ({ number, source, name, capacity }) => {
  const key = `${source} ${name}`;
  if (last.source !== key) last = { source: key, trace: load(source, name) };
  const { keys } = last.trace;
  const ratios = Object.fromEntries(
    Object.entries(POLICIES).map(([policy, hits]) => [
      policy,
      (100 * hits(last.trace, capacity)) / keys.length,
    ]),
  );
  parentPort.postMessage({ number, ratios });
});

function load(source, name) {
  if (source === 'tuned' || source === 'held out') {
    return syntheticTraces(source).find((trace) => trace.name === name);
  }
  return readTrace(
    source,
    TRACES.find((trace) => trace.name === name),
  );
}

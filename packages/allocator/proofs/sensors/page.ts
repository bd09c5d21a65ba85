import { browserSensors } from '../../src/browser/index.ts';
import { SensorSet } from '../../src/pressure/sensor-set.ts';
import type { Sweep } from './verdicts.ts';

/** What the page needs of the browser; the types of Node, which the proofs have, know of none of it. */
interface Page {
  readonly location: { readonly hash: string };
  readonly document: { querySelector(selector: string): { textContent: string } | null };
  readonly PerformanceObserver: unknown;
  requestAnimationFrame(callback: () => void): void;
  fetch(url: string, options: { method: string; body: string }): Promise<unknown>;
}
const page = globalThis as unknown as Page;

const CALM_MS = 1600;
const PRESSED_MS = 4000;

const STATES: Readonly<Record<string, () => void>> = {
  idle: () => {},
  'short-tasks': () => {
    setInterval(() => block(6), 20);
  },
  'long-tasks': () => {
    block(500);
    setInterval(() => block(500), 1000);
  },
  'long-frames': () => {
    // Rendering is held up, frame after frame, by work that is done for it.
    const frame = (): void => {
      block(300);
      const paragraph = page.document.querySelector('p');
      if (paragraph) paragraph.textContent = String(performance.now());
      page.requestAnimationFrame(frame);
    };
    page.requestAnimationFrame(frame);
  },
};

const [, name = 'idle', without] = page.location.hash.split(/[#,]/);
// Stands for a browser that doesn't know the API: the sensors look for what is there.
if (without !== undefined) Reflect.deleteProperty(globalThis, without);

const sweeps: Sweep[] = [];
const evidence: unknown[] = [];
const used = browserSensors();
const faults: string[] = [];
const sensors = new SensorSet(used, (source, thrown) => faults.push(`${source}: ${thrown}`));
sensors.start();
setInterval(() => {
  const readings = [...sensors.read()];
  evidence.push(Object.fromEntries(readings.map(([resource, reading]) => [resource, reading.evidence])));
  sweeps.push({
    atMs: performance.now(),
    ours: Object.fromEntries(readings.map(([resource, { utilization }]) => [resource, utilization])),
    availableMemory: undefined,
    eluInterval: undefined,
    eluCumulative: undefined,
    meanDelayMs: undefined,
  });
}, 500);

await pause(CALM_MS);
const beganMs = performance.now();
STATES[name]?.();
await pause(PRESSED_MS);
sensors.stop();
const afterStop = [...sensors.read().keys()];
const kinds = used.map((sensor) => sensor.constructor.name.replace(/^_/, ''));
const body = JSON.stringify({ sweeps, beganMs, onsetMs: beganMs, kinds, evidence, faults, afterStop });
await page.fetch('/result', { method: 'POST', body });

function block(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

import type { ResourceReading, ResourceSensor } from './resource-sensor.ts';

/** A sensor that says what a test tells it to. */
export interface FakeSensor extends ResourceSensor {
  /** What it reads from now on; `undefined`: that it cannot tell. */
  set(utilization: number | undefined): void;
  /** Whether it is started and not stopped. */
  readonly isRunning: boolean;
}

/**
 * For tests of what reacts to pressure.
 *
 * @param resource `cpu`, `memory`, `eventLoop`, or a name of one's own
 * @param initial what it reads until it is `set`
 */
export function fakeSensor(resource: string, initial: number | undefined = 0): FakeSensor {
  let reading = toReading(initial);
  let isRunning = false;
  return {
    resource,
    get isRunning() {
      return isRunning;
    },
    start: () => {
      isRunning = true;
    },
    stop: () => {
      isRunning = false;
    },
    set: (utilization) => {
      reading = toReading(utilization);
    },
    read: () => reading,
  };
}

function toReading(utilization: number | undefined): ResourceReading | undefined {
  return utilization === undefined ? undefined : { utilization, evidence: { source: 'fake' } };
}

import { describeValue, EvenkeelError } from '@evenkeel/core';
import type { ResourceReading, ResourceSensor } from './resource-sensor.ts';

/** Learns what a sensor threw, or that what it returned is no reading. */
export type SensorFailure = (source: string, thrown: unknown) => void;

/** Reads sensors, each on its own: one that throws or returns junk harms no other. */
export class SensorSet {
  /** Each once, in the order of the sensors. */
  readonly resources: readonly string[];
  readonly #sensors: readonly ResourceSensor[];
  readonly #onFailure: SensorFailure;
  /* Those whose latest reading failed: a broken sensor is told of once, and not twice a second. */
  readonly #failing = new Set<ResourceSensor>();

  constructor(sensors: readonly ResourceSensor[], onFailure: SensorFailure) {
    this.#sensors = sensors;
    this.#onFailure = onFailure;
    this.resources = [...new Set(sensors.map(({ resource }) => resource))];
  }

  start(): void {
    for (const sensor of this.#sensors) this.#isolate(sensor, 'start', () => sensor.start?.());
  }

  stop(): void {
    for (const sensor of this.#sensors) this.#isolate(sensor, 'stop', () => sensor.stop?.());
  }

  /** The fullest reading of each resource; those that nobody can tell are absent. */
  read(): Map<string, ResourceReading> {
    const fullest = new Map<string, ResourceReading>();
    for (const sensor of this.#sensors) {
      const reading = this.#readOne(sensor);
      if (!reading) continue;
      const other = fullest.get(sensor.resource);
      if (!other || reading.utilization > other.utilization) fullest.set(sensor.resource, reading);
    }
    return fullest;
  }

  #readOne(sensor: ResourceSensor): ResourceReading | undefined {
    try {
      const reading = checkReading(sensor.read());
      this.#failing.delete(sensor);
      return reading;
    } catch (thrown) {
      if (!this.#failing.has(sensor)) this.#onFailure(describeSensor(sensor), thrown);
      this.#failing.add(sensor);
      return undefined;
    }
  }

  #isolate(sensor: ResourceSensor, method: string, call: () => void): void {
    try {
      call();
    } catch (thrown) {
      this.#onFailure(`${method}() of ${describeSensor(sensor)}`, thrown);
    }
  }
}

function describeSensor({ resource }: ResourceSensor): string {
  return `sensor of ${JSON.stringify(resource)}`;
}

/** Sensors may be anybody's: what they return is only known to be a reading once it was looked at. */
function checkReading(given: unknown): ResourceReading | undefined {
  if (given === undefined) return undefined;
  const { utilization, evidence } = (given ?? {}) as Partial<Record<keyof ResourceReading, unknown>>;
  if (typeof utilization !== 'number' || !(utilization >= 0) || utilization === Number.POSITIVE_INFINITY) {
    // A promise is none; one that rejects must not end the process.
    Promise.resolve(given).catch(() => {});
    throw new EvenkeelError(
      `a reading must have a utilization, a finite number of at least 0, got ${describeValue(given)}`,
      { code: 'INVALID_READING' },
    );
  }
  const isObject = typeof evidence === 'object' && evidence !== null;
  return { utilization, evidence: isObject ? (evidence as ResourceReading['evidence']) : {} };
}

import { PRESSURE_LEVELS, type PressureLevel } from '../pressure/pressure-level.ts';
import type { ResourceReading, ResourceSensor } from '../pressure/resource-sensor.ts';
import { browserGlobals, isPageHidden, type PressureObserverConstructor } from './browser-globals.ts';

/** Within what each level stands for in the modes `balanced` and `performance`, so that it comes out again. */
const UTILIZATION: Readonly<Record<PressureLevel, number>> = {
  nominal: 0.4,
  fair: 0.87,
  serious: 0.98,
  critical: 1,
};

/* The browser tells of changes, and looks no more often than it finds right. */
const SAMPLE_EVERY_MS = 500;

/**
 * The CPU of the whole device, by the Compute Pressure API: a state, whose utilisation is only nominal. It cannot
 * tell before the first state has come, while the page is hidden (browsers then tell nothing), and where the API
 * is missing or forbidden by the permissions policy.
 *
 * @see https://www.w3.org/TR/compute-pressure/
 */
export class ComputePressureSensor implements ResourceSensor {
  readonly resource = 'cpu';
  #observer: InstanceType<PressureObserverConstructor> | undefined;
  #state: PressureLevel | undefined;

  static isSupported(): boolean {
    return typeof browserGlobals().PressureObserver === 'function';
  }

  start(): void {
    const { PressureObserver } = browserGlobals();
    if (this.#observer || typeof PressureObserver !== 'function') return;
    try {
      const observer = new PressureObserver((records) => {
        if (this.#observer === observer)
          this.#state = PRESSURE_LEVELS.find((each) => each === records.at(-1)?.state);
      });
      this.#observer = observer;
      observer.observe('cpu', { sampleInterval: SAMPLE_EVERY_MS }).catch(() => this.#forget(observer));
    } catch {
      this.stop();
    }
  }

  stop(): void {
    if (this.#observer) this.#forget(this.#observer);
  }

  read(): ResourceReading | undefined {
    if (this.#state === undefined || isPageHidden()) return undefined;
    return { utilization: UTILIZATION[this.#state], evidence: { state: this.#state } };
  }

  #forget(observer: InstanceType<PressureObserverConstructor>): void {
    if (this.#observer !== observer) return;
    this.#observer = undefined;
    this.#state = undefined;
    observer.disconnect();
  }
}

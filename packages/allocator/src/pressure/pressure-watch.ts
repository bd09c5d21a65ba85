import { type ModeSettings, thresholdsFor } from '../modes.ts';
import { PressureGauge } from './pressure-gauge.ts';
import type { ResourcePressure } from './resource-pressure.ts';
import type { ResourceSensor } from './resource-sensor.ts';
import { type SensorFailure, SensorSet } from './sensor-set.ts';

/** A resource whose level has changed, or that has become known or unknown. */
export interface PressureChange {
  readonly from: ResourcePressure;
  readonly to: ResourcePressure;
}

/** Follows the pressure on every resource that there is a sensor of. */
export class PressureWatch {
  readonly #sensors: SensorSet;
  readonly #gauges = new Map<string, PressureGauge>();
  readonly #pressures = new Map<string, ResourcePressure>();

  constructor(sensors: readonly ResourceSensor[], nowMs: number, onFailure: SensorFailure) {
    this.#sensors = new SensorSet(sensors, onFailure);
    for (const resource of this.#sensors.resources) this.#forget(resource, nowMs);
  }

  /** In the order of the sensors. */
  get pressures(): readonly ResourcePressure[] {
    return [...this.#pressures.values()];
  }

  start(): void {
    this.#sensors.start();
  }

  /** What was known is no longer. */
  stop(nowMs: number): void {
    this.#sensors.stop();
    for (const resource of this.#sensors.resources) this.#forget(resource, nowMs);
  }

  /** Readings from before count no more; the levels stand. */
  startAfresh(): void {
    for (const gauge of this.#gauges.values()) gauge.clear();
  }

  /** Reads all sensors, and tells what has changed. */
  observe(nowMs: number, settings: ModeSettings): PressureChange[] {
    const changes: PressureChange[] = [];
    const readings = this.#sensors.read();
    for (const [resource, from] of this.#pressures) {
      const reading = readings.get(resource);
      if (!reading) {
        if (from.kind === 'known') changes.push({ from, to: this.#forget(resource, nowMs) });
        continue;
      }
      const gauge = this.#gauges.get(resource) ?? new PressureGauge();
      this.#gauges.set(resource, gauge);
      const { utilization, evidence } = reading;
      gauge.observe(utilization, nowMs, thresholdsFor(settings, resource), settings.dwellMs);
      const { level, typicalUtilization, isOpenEnded } = gauge;
      const isSame = from.kind === 'known' && from.level === level;
      const sinceMs = isSame ? from.sinceMs : nowMs;
      const to = {
        kind: 'known',
        resource,
        level,
        utilization,
        typicalUtilization,
        isOpenEnded,
        sinceMs,
        evidence,
      } as const;
      this.#pressures.set(resource, to);
      if (!isSame) changes.push({ from, to });
    }
    return changes;
  }

  #forget(resource: string, sinceMs: number): ResourcePressure {
    const unknown = { kind: 'unknown', resource, sinceMs } as const;
    this.#gauges.delete(resource);
    this.#pressures.set(resource, unknown);
    return unknown;
  }
}

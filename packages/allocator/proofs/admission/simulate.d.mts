import type { AdmissionController } from '@evenkeel/allocator';
import type { VirtualClock } from '@evenkeel/core';

export interface SimulationRow {
  readonly work: string;
  readonly load: number;
  readonly 'goodput %': number;
  readonly 'worst second %': number;
  readonly p50: number;
  readonly p99: number;
  readonly 'p99 from 1 s': number;
  readonly 'refused %': number;
  readonly 'essential %': number;
  readonly 'essential p99': number;
  readonly limit: number | 'none';
}

export function simulate(run: {
  readonly work: string;
  readonly load: number;
  readonly seconds: number;
  readonly seed: number;
  readonly watch?: (admission: AdmissionController, clock: VirtualClock) => void;
}): SimulationRow;

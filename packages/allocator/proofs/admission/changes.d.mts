import type { AdmissionController } from '@evenkeel/allocator';
import type { VirtualClock } from '@evenkeel/core';

export interface ChangeRow {
  readonly change: string;
  readonly phase: number;
  readonly 'goodput %': number;
  readonly 'goodput from 2 s %': number | undefined;
  readonly 'refused %': number;
  readonly 'refused from 2 s %': number;
  readonly p99: number;
  readonly 'p99 from 2 s': number;
}

export function change(run: {
  readonly name: 'halves' | 'doubles' | 'slower' | 'pause' | 'waves';
  readonly seed: number;
  readonly watch?: (admission: AdmissionController, clock: VirtualClock) => void;
}): readonly ChangeRow[];

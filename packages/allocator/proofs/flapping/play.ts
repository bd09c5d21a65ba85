import { VirtualClock } from '@evenkeel/core';
import type { Controller } from './controllers.ts';
import { Machine } from './machine.ts';

export interface Score {
  readonly statesPerMinute: number;
  readonly sharesPerMinute: number;
  /** Part of the time. */
  readonly overloaded: number;
  /** Part of the background work that was feasible. */
  readonly feasible: number;
}

/** Lets a controller have the machine for so many minutes of virtual time. */
export async function play(control: Controller, seed: number, minutes: number): Promise<Score> {
  const clock = new VirtualClock();
  const machine = new Machine(clock, seed);
  const changes = control(machine, clock);
  await clock.advanceAsync(minutes * 60_000);
  return {
    statesPerMinute: changes.states / minutes,
    sharesPerMinute: changes.shares / minutes,
    ...machine.outcome(),
  };
}

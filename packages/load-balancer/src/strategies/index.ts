import type { Fleet } from '../servers/fleet.ts';
import { Adaptive } from './adaptive.ts';
import { HashStrategy } from './hash.ts';
import { LeastConnections } from './least-connections.ts';
import { LeastResponseTime } from './least-response-time.ts';
import { PowerOfTwoChoices } from './p2c.ts';
import { ResourceBased } from './resource-based.ts';
import { RoundRobin } from './round-robin.ts';
import type { Strategy } from './strategy.ts';
import { WeightedRoundRobin } from './weighted-round-robin.ts';

const STRATEGY_OF = {
  adaptive: (fleet: Fleet) => new Adaptive(fleet),
  'round-robin': (fleet: Fleet) => new RoundRobin(fleet),
  'weighted-round-robin': (fleet: Fleet) => new WeightedRoundRobin(fleet),
  'least-connections': (fleet: Fleet) => new LeastConnections(fleet),
  'least-response-time': (fleet: Fleet) => new LeastResponseTime(fleet),
  'resource-based': (fleet: Fleet) => new ResourceBased(fleet),
  hash: (fleet: Fleet, loadFactor?: number) => new HashStrategy(fleet, loadFactor),
  p2c: (fleet: Fleet) => new PowerOfTwoChoices(fleet),
} satisfies Record<string, (fleet: Fleet, loadFactor?: number) => Strategy>;

/** How a server is chosen; see the README for which is good for what. */
export type StrategyName = keyof typeof STRATEGY_OF;

export const STRATEGIES = Object.keys(STRATEGY_OF) as readonly StrategyName[];

/** @param loadFactor of `hash` */
export function createStrategy(name: StrategyName, fleet: Fleet, loadFactor?: number): Strategy {
  return STRATEGY_OF[name](fleet, loadFactor);
}

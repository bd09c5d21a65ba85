import { createStrategy, STRATEGIES } from '../../src/strategies/index.ts';
import { describeStrategy } from './describe-strategy.ts';

for (const name of STRATEGIES) describeStrategy(name, (fleet) => createStrategy(name, fleet));

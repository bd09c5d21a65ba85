/** A process that nothing but its parent's channel keeps alive, and that closes as it is told. */
import { HealthChecker } from '@evenkeel/health';
import { drainOnSignal, nodeHealthChecks, StallWatchdog } from '@evenkeel/health/node';

const checker = new HealthChecker({ builtIn: nodeHealthChecks() });
checker.start();
await new StallWatchdog({ checker }).start();

if (process.env.MODE === 'leave') {
  process.disconnect();
} else {
  drainOnSignal(checker, {
    delay: 50,
    deadline: process.env.MODE === 'hang' ? 200 : '60s',
    close: () => {
      process.send?.('closing');
      process.disconnect();
      if (process.env.MODE !== 'close') return new Promise(() => {});
      return new Promise<void>((resolve) => setTimeout(resolve, 20).unref());
    },
  });
  process.on('message', () => {});
  process.send?.('ready');
}

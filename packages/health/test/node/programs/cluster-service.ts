/** A service of two workers. Each listens on the shared port for work and on a port of its own for probes. */
import cluster from 'node:cluster';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HealthChecker } from '@evenkeel/health';
import { drainOnSignal, healthHandler, StallWatchdog } from '@evenkeel/health/node';

if (cluster.isPrimary) runPrimary();
else await runWorker();

function runPrimary(): void {
  const ready: unknown[] = [];
  for (let count = 0; count < 2; count++) {
    const worker = cluster.fork();
    worker.on('message', (message: object) => {
      ready.push({ id: worker.id, pid: worker.process.pid, ...message });
      if (ready.length === 2) process.send?.({ kind: 'ready', workers: ready });
    });
    worker.on('exit', (code, signal) => process.send?.({ kind: 'exit', id: worker.id, code, signal }));
  }
  process.on('message', () => {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGTERM');
  });
  process.on('disconnect', () => process.exit(0));
  cluster.on('exit', () => {
    if (Object.keys(cluster.workers ?? {}).length === 0) process.exit(0);
  });
}

async function runWorker(): Promise<void> {
  const checker = new HealthChecker();
  checker.registerHealthCheck('database', () => ({ status: 'healthy', message: '' }));
  checker.start();
  // It must not keep the worker alive when the rest has closed.
  await new StallWatchdog({ checker }).start();

  const service = createServer((_request, response) => {
    setTimeout(() => response.writeHead(200, { connection: 'close' }).end('done'), 20);
  });
  const probes = createServer(healthHandler(checker));
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve) =>
    probes.listen({ port: 0, host: '127.0.0.1', exclusive: true }, resolve),
  );
  drainOnSignal(checker, {
    delay: 1000,
    deadline: '20s',
    close: async () => {
      await new Promise((resolve) => service.close(resolve));
      await checker.stop();
      probes.close();
      probes.closeAllConnections();
    },
    onDrained: ({ outcome }) => {
      process.exitCode = outcome === 'closed' ? 0 : 1;
      process.disconnect();
    },
  });
  process.send?.({
    port: (service.address() as AddressInfo).port,
    probePort: (probes.address() as AddressInfo).port,
  });
}

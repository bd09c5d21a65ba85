import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface TrafficTarget {
  readonly address: string;
  readonly perSecond: number;
  /** Products are asked for by numbers up to this. */
  readonly products: number;
  /** Whether there is somebody who quotes deliveries. */
  readonly asksForQuotes: boolean;
}

/** Starts the visitors in a process of their own. Returns what sends them away. */
export function startTraffic({
  address,
  perSecond,
  products,
  asksForQuotes,
}: TrafficTarget): () => Promise<void> {
  const script = fileURLToPath(new URL('./traffic/traffic.js', import.meta.url));
  const target = [address, String(perSecond), String(products), asksForQuotes ? 'quotes' : ''];
  const child = fork(script, target, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.on('error', (error) => console.error(`traffic: ${error.message}`));
  return async () => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const exited = once(child, 'exit');
    child.kill();
    await exited;
  };
}

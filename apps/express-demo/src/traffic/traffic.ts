/**
 * The visitors of the demo: a process of its own that sends requests over HTTP, `node traffic.js ADDRESS RATE`,
 * until it is killed or its parent is gone. Arrivals are a Poisson process: they don't wait for each other.
 */

const CATEGORIES = ['living', 'kitchen', 'office', 'garden', 'bedroom', 'hall', 'attic', 'studio'];
const WORDS = ['lamp', 'oak', 'teal', 'brass clock', 'desk'];
/* Visitors that would make the service's queue endless stay away. */
const MAX_IN_FLIGHT = 64;
/* Every so often a visitor loses patience. */
const PATIENCE_MS = 2000;

const [address = '', rate = '10', products = '1000'] = process.argv.slice(2);
let inFlight = 0;

process.on('disconnect', () => process.exit());
process.on('SIGINT', () => process.exit());
process.on('SIGTERM', () => process.exit());
arrive();

function arrive(): void {
  if (inFlight < MAX_IN_FLIGHT) void visit();
  setTimeout(arrive, (-Math.log(1 - Math.random()) * 1000) / Number(rate));
}

async function visit(): Promise<void> {
  inFlight += 1;
  try {
    const { path, init } = nextRequest();
    const response = await fetch(new URL(path, address), {
      ...init,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await response.arrayBuffer();
  } catch {
    // A service that is slow or stopping is what the dashboard is there to show.
  } finally {
    inFlight -= 1;
  }
}

function nextRequest(): { readonly path: string; readonly init?: RequestInit } {
  const dice = Math.random();
  if (dice < 0.6) return { path: `/products/${anyProduct()}` };
  if (dice < 0.8)
    return {
      path: `/products?category=${pick(CATEGORIES)}&maxPrice=${50 + Math.floor(Math.random() * 400)}`,
    };
  if (dice < 0.85) return { path: `/products?q=${encodeURIComponent(pick(WORDS))}` };
  if (dice < 0.98) return { path: '/orders', init: order() };
  return { path: `/wp-admin/${Math.random().toString(36).slice(2)}` };
}

function order(): RequestInit {
  const body = JSON.stringify({ productId: anyProduct(), quantity: 1 });
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body };
}

function pick(values: readonly string[]): string {
  return values[Math.floor(Math.random() * values.length)] ?? '';
}

/** Some products are much more popular than others: half of the visits go to the first thirtieth. */
function anyProduct(): number {
  return 1 + Math.floor(Number(products) * Math.random() ** 5);
}

/**
 * The visitors of the demo: a process of its own that sends requests over HTTP,
 * `node traffic.js ADDRESS RATE PRODUCTS quotes`, until it is killed or its parent is gone. Arrivals are a Poisson
 * process: they don't wait for each other.
 */

const CATEGORIES = ['living', 'kitchen', 'office', 'garden', 'bedroom', 'hall', 'attic', 'studio'];
const WORDS = ['lamp', 'oak', 'teal', 'brass clock', 'desk'];
/* Visitors that would make the service's queue endless stay away. */
const MAX_IN_FLIGHT = 64;
/* Every so often a visitor loses patience. */
const PATIENCE_MS = 2000;

/* Who wants something delivered asks for all that is in the basket, at once. */
const BASKET = 4;
const BASKET_VISITS = 0.08;

const [address = '', rate = '10', products = '1000', quotes = ''] = process.argv.slice(2);
const requestsPerVisit = 1 + (quotes === '' ? 0 : BASKET_VISITS * (BASKET - 1));
let inFlight = 0;

process.on('disconnect', () => process.exit());
// The parent may have gone before anybody listened.
if (process.connected === false) process.exit();
process.on('SIGINT', () => process.exit());
process.on('SIGTERM', () => process.exit());
arrive();

function arrive(): void {
  if (inFlight < MAX_IN_FLIGHT) for (const request of nextRequests()) void ask(request);
  setTimeout(arrive, (-Math.log(1 - Math.random()) * 1000 * requestsPerVisit) / Number(rate));
}

async function ask({ path, init }: VisitorRequest): Promise<void> {
  inFlight += 1;
  try {
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

interface VisitorRequest {
  readonly path: string;
  readonly init?: RequestInit;
}

/** What a visitor asks for at once. */
function nextRequests(): VisitorRequest[] {
  if (quotes === '' || Math.random() >= BASKET_VISITS) return [nextRequest()];
  const to = postcode();
  return Array.from({ length: BASKET }, () => ({ path: `/products/${anyProduct()}/quote?postcode=${to}` }));
}

function nextRequest(): VisitorRequest {
  const dice = Math.random();
  if (dice < 0.6) return { path: `/products/${anyProduct()}` };
  if (dice < 0.8)
    return {
      path: `/products?category=${pick(CATEGORIES)}&maxPrice=${50 + Math.floor(Math.random() * 400)}`,
    };
  if (dice < 0.85) return { path: `/products?q=${encodeURIComponent(pick(WORDS))}` };
  if (dice < 0.97) return { path: '/orders', init: order() };
  if (dice < 0.985) return { path: '/orders/recent' };
  return { path: `/wp-admin/${Math.random().toString(36).slice(2)}` };
}

function order(): RequestInit {
  const body = JSON.stringify({ productId: anyProduct(), quantity: 1 });
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body };
}

function postcode(): string {
  return String(Math.floor(Math.random() * 100_000)).padStart(5, '0');
}

function pick(values: readonly string[]): string {
  return values[Math.floor(Math.random() * values.length)] ?? '';
}

/** Some products are much more popular than others: half of the visits go to the first thirtieth. */
function anyProduct(): number {
  return 1 + Math.floor(Number(products) * Math.random() ** 5);
}

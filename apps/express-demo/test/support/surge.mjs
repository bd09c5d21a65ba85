/**
 * A surge of requests from a process of its own: `fork(surge.mjs, [ADDRESS, SECONDS])`. They come in at their own
 * pace, whether earlier ones are answered or not. Sends back what they were answered with.
 */
import { Agent, request } from 'node:http';

const [address = '', seconds = '1'] = process.argv.slice(2);
/* Each arrives so many times a second. */
const ORDERS = 20;
const DETAILS = 40;
const SEARCHES = 600;
const TICK_MS = 10;

const agent = new Agent({ keepAlive: true, maxSockets: 2000 });
const tally = { orders: {}, details: {}, searches: {}, health: {}, withoutRetryAfter: 0 };
const answers = [];
const endMs = performance.now() + Number(seconds) * 1000;
let ticks = 0;

const timer = setInterval(() => {
  // What a busy machine has let slip is sent now: the rate is what was promised.
  const due = Math.floor((performance.now() - endMs + Number(seconds) * 1000) / TICK_MS);
  for (; ticks < due; ticks++) {
    send('orders', ORDERS, '/orders', JSON.stringify({ productId: 1 + ticks, quantity: 1 }));
    send('details', DETAILS, `/products/${1 + ((ticks * 37) % 5000)}`);
    send('searches', SEARCHES, `/products?q=lamp${ticks % 10}`);
    send('health', 1, '/health/live');
  }
  if (performance.now() < endMs) return;
  clearInterval(timer);
  Promise.all(answers).then(() => process.send?.(tally, () => process.exit()));
}, TICK_MS);

/** As many as fall to this tick. */
function send(kind, perSecond, path, body) {
  const upTo = (tick) => Math.floor((tick * perSecond * TICK_MS) / 1000);
  for (let left = upTo(ticks + 1) - upTo(ticks); left > 0; left--) answers.push(ask(kind, path, body));
}

function ask(kind, path, body) {
  return new Promise((resolve) => {
    const count = (answer) => {
      tally[kind][answer] = (tally[kind][answer] ?? 0) + 1;
      resolve();
    };
    const options = { agent, method: body ? 'POST' : 'GET', headers: { 'content-type': 'application/json' } };
    const sent = request(new URL(path, address), options, (response) => {
      if (response.statusCode === 503 && !(Number(response.headers['retry-after']) >= 1)) {
        tally.withoutRetryAfter += 1;
      }
      response.resume().on('end', () => count(response.statusCode));
    });
    sent.on('error', ({ code }) => count(code)).end(body);
  });
}

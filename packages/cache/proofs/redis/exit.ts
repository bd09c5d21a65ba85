import { RedisServer } from './redis-server.ts';
import { createTier } from './tier-subject.ts';

/* A tier is stopped at some moment of its life; then the process has to end by itself. Prints how long that took. */
const [, , library, moment] = process.argv;
const server = await RedisServer.start();
const tier = createTier(
  { port: server.port, boundMs: 400 },
  { library: library === 'ioredis' ? 'ioredis' : 'redis' },
);
tier.start({ invalidated() {}, reset() {}, changed() {}, failed() {} });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
if (moment !== 'connecting' && moment !== 'greeting') while (!tier.stats().up) await pause(5);
if (moment === 'greeting') {
  server.freeze();
  await pause(20);
}
if (moment === 'frozen') {
  server.freeze();
  void tier.read('key');
  await pause(10);
}
if (moment === 'reconnecting') {
  server.freeze();
  // After twice the bound the connection is given up.
  await pause(1200);
}
if (moment === 'refused') {
  await server.stop();
  await pause(100);
}
await tier.stop();
server.thaw();
await server.stop();
const stoppedMs = performance.now();
process.on('exit', () => console.log(`exit after ${Math.ceil(performance.now() - stoppedMs)} ms`));

/**
 * The program of the watchdog's thread, as text: a thread started from text needs no file of its own, which
 * neither bundlers nor TypeScript sources would leave in its place. It shares two numbers with the main thread:
 * when that last ran, on the clock that all threads of a process share, and whether it is live.
 */
export const STALL_WORKER = `
'use strict';
const { createServer } = require('node:http');
const { parentPort, workerData } = require('node:worker_threads');
const { beats, verdicts, thresholdMs, host, port } = workerData;

function answer() {
  const stalledMs = Number(process.hrtime.bigint() - Atomics.load(beats, 0)) / 1e6;
  const stalled = stalledMs > thresholdMs;
  const live = Atomics.load(verdicts, 0) === 1;
  const status = stalled || !live ? 'fail' : 'pass';
  return { status, stalled, eventLoopDelayMs: Math.round(stalled ? stalledMs : 0) };
}

const server = createServer((request, response) => {
  const path = request.url.split('?', 1)[0];
  const headers = { 'cache-control': 'no-store', 'content-type': 'application/health+json; charset=utf-8' };
  const send = (status, body, more) => {
    const text = JSON.stringify(body);
    response.writeHead(status, { ...headers, ...more, 'content-length': Buffer.byteLength(text) });
    response.end(request.method === 'HEAD' ? undefined : text);
  };
  if (path !== '/livez' && path !== '/health/live') return send(404, { status: 'fail' });
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return send(405, { status: 'fail' }, { allow: 'GET, HEAD' });
  }
  const body = answer();
  send(body.status === 'pass' ? 200 : 503, body);
});
server.once('error', (error) => parentPort.postMessage({ kind: 'failed', message: error.message, code: error.code }));
server.listen({ port, host }, () => parentPort.postMessage({ kind: 'listening', port: server.address().port }));
parentPort.once('message', () => {
  server.closeAllConnections();
  server.close(() => process.exit(0));
});
`;

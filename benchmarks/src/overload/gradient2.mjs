/**
 * A limit on requests in flight by Netflix's Gradient2, for the table: there is no package of it for Node. Written
 * from the description in its documentation, with its defaults.
 */
export function gradient2({ initial = 20, min = 20, max = 200, smoothing = 0.2, tolerance = 1.5 } = {}) {
  let limit = initial;
  let inFlight = 0;
  let longMs = 0;
  const queueSize = 4;

  const sample = (ms, inFlightAtStart) => {
    longMs = longMs === 0 ? ms : longMs + (2 / 601) * (ms - longMs);
    // It forgets faster what was slower than now.
    if (longMs / ms > 2) longMs *= 0.95;
    if (inFlightAtStart < limit / 2) return;
    const gradient = Math.max(0.5, Math.min(1, (tolerance * longMs) / ms));
    const next = limit * gradient + queueSize;
    limit = Math.max(min, Math.min(max, limit * (1 - smoothing) + next * smoothing));
  };

  return (_request, response, next) => {
    if (inFlight >= limit) {
      response.writeHead(503, { 'Retry-After': 1 }).end();
      return;
    }
    inFlight += 1;
    const atStart = inFlight;
    const startedMs = performance.now();
    response.on('close', () => {
      inFlight -= 1;
      sample(performance.now() - startedMs, atStart);
    });
    next();
  };
}

/**
 * The cases of event-recording.mjs: for each library a function that prepares and returns the loop to be measured. Both
 * libraries get the same values in the same order. Libraries are imported by the case, so that a process loads only the
 * one it measures.
 */

const ROUTES = Array.from({ length: 64 }, (_, index) => `/api/orders/${index}`);

const ours = async () => {
  const { FlightRecorder } = await import('@evenkeel/logger');
  return new FlightRecorder();
};

/** To a stream that does nothing: what pino itself costs. */
const peer = async () => {
  const { default: pino } = await import('pino');
  return pino({}, { write() {} });
};

const pinoEvent = async () => {
  const logger = await peer();
  return (n) => {
    for (let i = 0; i < n; i++) {
      logger.info({
        type: 'http_request',
        route: ROUTES[i & 63],
        status: 200,
        durationMs: i * 0.001,
        ok: true,
      });
    }
  };
};

const pinoMetric = async () => {
  const logger = await peer();
  return (n) => {
    for (let i = 0; i < n; i++) logger.info({ name: 'response-time', value: i * 0.5 });
  };
};

export const cases = {
  'defined event, 4 fields': {
    ratio: 5,
    mostNs: 40,
    async evenkeel() {
      const recorder = await ours();
      const event = recorder.defineEvent('http_request', {
        route: 'text',
        status: 'integer',
        durationMs: 'number',
        ok: 'boolean',
      });
      return (n) => {
        for (let i = 0; i < n; i++) {
          event.record({ route: ROUTES[i & 63], status: 200, durationMs: i * 0.001, ok: true });
        }
      };
    },
    pino: pinoEvent,
  },

  'free-form event, 4 fields': {
    ratio: 5,
    mostNs: 300,
    async evenkeel() {
      const recorder = await ours();
      return (n) => {
        for (let i = 0; i < n; i++) {
          recorder.record('http_request', {
            route: ROUTES[i & 63],
            status: 200,
            durationMs: i * 0.001,
            ok: true,
          });
        }
      };
    },
    pino: pinoEvent,
  },

  'metric, handle': {
    ratio: 5,
    mostNs: 40,
    async evenkeel() {
      const metric = (await ours()).defineMetric({ name: 'response-time', unit: 'ms' });
      return (n) => {
        for (let i = 0; i < n; i++) metric.record(i * 0.5);
      };
    },
    pino: pinoMetric,
  },

  'metric by name': {
    ratio: 5,
    async evenkeel() {
      const recorder = await ours();
      return (n) => {
        for (let i = 0; i < n; i++) recorder.recordMetric('response-time', i * 0.5);
      };
    },
    pino: pinoMetric,
  },
};

/**
 * The cases of metrics-recording.mjs: for each library a function that prepares and returns the loop to be
 * measured. Both libraries get the same label values in the same order. Libraries are imported by the case,
 * so that a process loads only the one it measures.
 */

const METHODS = ['GET', 'POST', 'PUT', 'DELETE'];
const STATUSES = ['200', '404', '500', '302'];
const LABELS = ['method', 'status'];
const LABEL_SETS = METHODS.flatMap((method) => STATUSES.map((status) => ({ method, status })));
/* Spread over the buckets from 5 ms to 10 s. */
const SECONDS = Float64Array.from({ length: 256 }, (_, index) => 0.001 * 1.04 ** index);

const ours = async (options) => {
  const { MetricsCollector } = await import('@evenkeel/metrics-exporter');
  return new MetricsCollector(options);
};

const peer = async () => {
  const { default: client } = await import('prom-client');
  return { client, registers: [new client.Registry()] };
};

const about = (labelNames = []) => ({ name: 'benchmark', help: 'measured', labelNames });

export const cases = {
  'counter, no labels': {
    async evenkeel() {
      const counter = (await ours()).counter('benchmark');
      return (n) => {
        for (let i = 0; i < n; i++) counter.inc();
      };
    },
    async 'prom-client'() {
      const { client, registers } = await peer();
      const counter = new client.Counter({ ...about(), registers });
      return (n) => {
        for (let i = 0; i < n; i++) counter.inc();
      };
    },
  },

  'counter, bound handle': {
    gate: 40,
    async evenkeel() {
      const counter = (await ours()).counter('benchmark', { labels: LABELS });
      const handles = LABEL_SETS.map((labels) => counter.labels(labels));
      return (n) => {
        for (let i = 0; i < n; i++) handles[i & 15].inc();
      };
    },
    async 'prom-client'() {
      const { client, registers } = await peer();
      const counter = new client.Counter({ ...about(LABELS), registers });
      const handles = LABEL_SETS.map((labels) => counter.labels(labels));
      return (n) => {
        for (let i = 0; i < n; i++) handles[i & 15].inc();
      };
    },
  },

  'counter, label object': {
    gate: 5,
    async evenkeel() {
      const counter = (await ours()).counter('benchmark', { labels: LABELS });
      return (n) => {
        for (let i = 0; i < n; i++) {
          counter.inc(1, { method: METHODS[i & 3], status: STATUSES[(i >> 2) & 3] });
        }
      };
    },
    async 'prom-client'() {
      const { client, registers } = await peer();
      const counter = new client.Counter({ ...about(LABELS), registers });
      return (n) => {
        for (let i = 0; i < n; i++) {
          counter.inc({ method: METHODS[i & 3], status: STATUSES[(i >> 2) & 3] });
        }
      };
    },
  },

  'counter, positional values': {
    async evenkeel() {
      const counter = (await ours()).counter('benchmark', { labels: LABELS });
      return (n) => {
        for (let i = 0; i < n; i++) counter.labelValues(METHODS[i & 3], STATUSES[(i >> 2) & 3]).inc();
      };
    },
    async 'prom-client'() {
      const { client, registers } = await peer();
      const counter = new client.Counter({ ...about(LABELS), registers });
      return (n) => {
        for (let i = 0; i < n; i++) counter.labels(METHODS[i & 3], STATUSES[(i >> 2) & 3]).inc();
      };
    },
  },

  'counter by name, label object': {
    async evenkeel() {
      const collector = await ours();
      return (n) => {
        for (let i = 0; i < n; i++) {
          collector.incrementCounter('benchmark', 1, {
            method: METHODS[i & 3],
            status: STATUSES[(i >> 2) & 3],
          });
        }
      };
    },
    async 'prom-client'() {
      const { client, registers } = await peer();
      const [register] = registers;
      new client.Counter({ ...about(LABELS), registers });
      return (n) => {
        for (let i = 0; i < n; i++) {
          register
            .getSingleMetric('benchmark')
            .inc({ method: METHODS[i & 3], status: STATUSES[(i >> 2) & 3] });
        }
      };
    },
  },

  'gauge, bound handle': {
    async evenkeel() {
      const gauge = (await ours()).gauge('benchmark', { labels: LABELS });
      const handles = LABEL_SETS.map((labels) => gauge.labels(labels));
      return (n) => {
        for (let i = 0; i < n; i++) handles[i & 15].set(SECONDS[i & 255]);
      };
    },
    async 'prom-client'() {
      const { client, registers } = await peer();
      const gauge = new client.Gauge({ ...about(LABELS), registers });
      const handles = LABEL_SETS.map((labels) => gauge.labels(labels));
      return (n) => {
        for (let i = 0; i < n; i++) handles[i & 15].set(SECONDS[i & 255]);
      };
    },
  },

  'histogram, bound handle': {
    gate: 40,
    async evenkeel() {
      const histogram = (await ours()).histogram('benchmark', { labels: LABELS });
      const handles = LABEL_SETS.map((labels) => histogram.labels(labels));
      return (n) => {
        for (let i = 0; i < n; i++) handles[i & 15].observe(SECONDS[i & 255]);
      };
    },
    async 'prom-client'() {
      const { client, registers } = await peer();
      const histogram = new client.Histogram({ ...about(LABELS), registers });
      const handles = LABEL_SETS.map((labels) => histogram.labels(labels));
      return (n) => {
        for (let i = 0; i < n; i++) handles[i & 15].observe(SECONDS[i & 255]);
      };
    },
  },

  'histogram, label object': {
    gate: 6,
    async evenkeel() {
      const histogram = (await ours()).histogram('benchmark', { labels: LABELS });
      return (n) => {
        for (let i = 0; i < n; i++) {
          histogram.observe(SECONDS[i & 255], { method: METHODS[i & 3], status: STATUSES[(i >> 2) & 3] });
        }
      };
    },
    async 'prom-client'() {
      const { client, registers } = await peer();
      const histogram = new client.Histogram({ ...about(LABELS), registers });
      return (n) => {
        for (let i = 0; i < n; i++) {
          histogram.observe({ method: METHODS[i & 3], status: STATUSES[(i >> 2) & 3] }, SECONDS[i & 255]);
        }
      };
    },
  },

  'summary, no labels': {
    async evenkeel() {
      const summary = (await ours()).summary('benchmark');
      return (n) => {
        for (let i = 0; i < n; i++) summary.observe(SECONDS[i & 255]);
      };
    },
    async 'prom-client'() {
      const { client, registers } = await peer();
      const summary = new client.Summary({ ...about(), registers });
      return (n) => {
        for (let i = 0; i < n; i++) summary.observe(SECONDS[i & 255]);
      };
    },
  },

  'text of 10,000 counter series': {
    async evenkeel() {
      const collector = await ours({ maxSeries: 10_000 });
      const counter = collector.counter('benchmark', { labels: LABELS });
      for (let i = 0; i < 10_000; i++)
        counter.labels({ method: METHODS[i & 3], status: `s${i >> 2}` }).inc(i);
      const first = counter.labels({ method: 'GET', status: 's0' });
      return (n) => {
        for (let i = 0; i < n; i++) {
          // Something changes between two exports, so that the last text can't be given again.
          first.inc();
          Buffer.from(collector.exportMetrics('prometheus'));
        }
      };
    },
    async 'prom-client'() {
      const { client, registers } = await peer();
      const [register] = registers;
      const counter = new client.Counter({ ...about(LABELS), registers });
      for (let i = 0; i < 10_000; i++)
        counter.labels({ method: METHODS[i & 3], status: `s${i >> 2}` }).inc(i);
      const first = counter.labels({ method: 'GET', status: 's0' });
      return async (n) => {
        for (let i = 0; i < n; i++) {
          // Something changes between two exports, so that the last text can't be given again.
          first.inc();
          Buffer.from(await register.metrics());
        }
      };
    },
  },
};

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { MetricsCollector } from '@evenkeel/metrics-exporter';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkMetrics, PrometheusServer, prometheusIsInstalled } from '../support/prometheus.ts';

const isInstalled = prometheusIsInstalled();

it.runIf(process.env.CI && !isInstalled)('finds promtool and prometheus, which CI must have', () => {
  expect(isInstalled).toBe(true);
});

const HOSTILE = [
  '"',
  '\\',
  '\n',
  '\\n',
  '|',
  'a,b:2',
  '{}',
  '} 1',
  'é',
  '漢',
  '😀',
  '\ud800',
  '\t',
  '\r',
  '\0',
  '',
  ' x ',
  '=1+1',
];

/* promtool's linter wants snake case, base units and descriptions: these names follow its rules. */
function filled(): MetricsCollector {
  const collector = new MetricsCollector();
  const requests = collector.counter('app_requests', {
    labels: ['path', 'status'],
    description: 'Requests "served"\\\nby path.',
  });
  for (const [index, path] of HOSTILE.entries()) requests.inc(index + 0.5, { path, status: 200 });
  const depth = collector.gauge('app_queue_depth', { labels: ['queue'] });
  for (const [queue, value] of [
    ['nan', Number.NaN],
    ['high', Infinity],
    ['low', -Infinity],
    ['tiny', 5e-324],
    ['huge', 1.7e308],
    ['precise', 0.1 + 0.2],
  ] as const) {
    depth.set(value, { queue });
  }
  const sizes = collector.histogram('app_sizes', {
    unit: 'bytes',
    buckets: [1e-7, 100, 1000, 1e21],
    labels: ['le_'],
  });
  for (let size = 1; size <= 2000; size++) sizes.observe(size, { le_: '"' });
  const ages = collector.summary('app_ages', { quantiles: [0, 0.5, 0.99, 1] });
  for (let age = 1; age <= 100; age++) ages.observe(age);
  collector.summary('app_unused');
  const work = collector.timer('app_work_ms', { labels: ['outcome'] });
  for (let ms = 1; ms <= 1000; ms++) work.observe(ms, { outcome: 'success' });
  collector.counter('app_capped', { labels: ['user'], maxSeries: 1 });
  for (let user = 0; user < 5; user++) collector.incrementCounter('app_capped', 1, { user });
  return collector;
}

describe.skipIf(!isInstalled)(
  'real Prometheus (skipped where promtool and prometheus are not installed)',
  () => {
    const collector = filled();
    let server: Server;
    let prometheus: PrometheusServer | undefined;

    beforeAll(async () => {
      server = createServer((_request, response) => {
        response.setHeader('Content-Type', collector.contentType('prometheus'));
        response.end(collector.exportMetrics('prometheus'));
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
      prometheus = await PrometheusServer.start(`127.0.0.1:${address.port}`);
    });

    afterAll(async () => {
      await prometheus?.stop();
      server.closeAllConnections();
      server.close();
    });

    /** The values of a query by one label. */
    async function valuesBy(label: string, expression: string): Promise<Map<string, number>> {
      const series = (await prometheus?.query(expression)) ?? [];
      return new Map(series.map(({ labels, value }) => [labels[label] ?? '', value]));
    }

    it('passes the linter', async () => {
      expect(await checkMetrics(collector.exportMetrics('prometheus'))).toEqual({ code: 0, output: '' });
      expect(await checkMetrics('# TYPE app_requests counter\napp_requests 1\n')).toMatchObject({ code: 3 });
    });

    it('is scraped without an error', async () => {
      expect(await prometheus?.lastScrapeError()).toBe('');
      expect(await valuesBy('job', 'up')).toEqual(new Map([['test', 1]]));
    });

    it('gives back every series and value', async () => {
      const [requests, gauges] = ['app_requests', 'app_queue_depth'].map((wanted) =>
        collector.collect().metrics.find(({ name }) => name === wanted),
      );
      const read = (label: string, metric = requests): Map<string, number> =>
        new Map(
          metric?.series.map((series) => [series.labels[label] ?? '', 'value' in series ? series.value : 0]),
        );
      expect(read('path').size).toBe(HOSTILE.length);
      expect(await valuesBy('path', 'app_requests_total')).toEqual(read('path'));
      expect(await valuesBy('queue', 'app_queue_depth')).toEqual(read('queue', gauges));
      expect(await valuesBy('user', 'app_capped_total')).toEqual(
        new Map([
          ['0', 1],
          ['__overflow__', 4],
        ]),
      );
    });

    it('answers for histograms, summaries and timers', async () => {
      expect(await valuesBy('le', 'app_sizes_bytes_bucket')).toEqual(
        new Map([
          ['1e-7', 0],
          ['100', 100],
          ['1000', 1000],
          ['1e+21', 2000],
          ['+Inf', 2000],
        ]),
      );
      expect(await valuesBy('le_', 'app_sizes_bytes_sum / app_sizes_bytes_count')).toEqual(
        new Map([['"', 1000.5]]),
      );
      const quantiles = await valuesBy('quantile', 'app_ages');
      for (const [quantile, exact] of [
        ['0', 1],
        ['0.5', 50],
        ['0.99', 99],
        ['1', 100],
      ] as const) {
        expect(Math.abs((quantiles.get(quantile) ?? 0) / exact - 1)).toBeLessThan(0.03);
      }
      expect(await valuesBy('quantile', 'app_unused')).toEqual(
        new Map([
          ['0.5', Number.NaN],
          ['0.9', Number.NaN],
          ['0.99', Number.NaN],
        ]),
      );
      // Milliseconds from 1 to 1000, evenly spread: the quantiles fall on bounds of the default buckets.
      for (const [quantile, seconds] of [
        [0.25, 0.25],
        [0.5, 0.5],
        [0.75, 0.75],
      ] as const) {
        const query = `histogram_quantile(${quantile}, app_work_seconds_bucket)`;
        expect((await valuesBy('outcome', query)).get('success')).toBeCloseTo(seconds, 10);
      }
    });
  },
);

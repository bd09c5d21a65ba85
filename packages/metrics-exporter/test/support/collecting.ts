import { MetricsCollector, type MetricsCollectorOptions } from '@evenkeel/metrics-exporter';

/** A collector and what it reported through `error`, so that nothing is printed. */
export function collecting(options: MetricsCollectorOptions = {}): {
  collector: MetricsCollector;
  errors: string[];
} {
  const collector = new MetricsCollector(options);
  const errors: string[] = [];
  collector.on('error', ({ error }) => errors.push(error.message));
  return { collector, errors };
}

/** The sample lines of one metric in the text format. */
export function linesOf(collector: MetricsCollector, name: string): string[] {
  return collector
    .exportMetrics('prometheus')
    .split('\n')
    .filter((line) => new RegExp(`^${name}(_bucket|_sum|_count)?[{ ]`).test(line));
}

/** The sample lines about the collector itself that are not zero, but for those that every export changes. */
export function selfLines(collector: MetricsCollector): string[] {
  return collector
    .exportMetrics('prometheus')
    .split('\n')
    .filter((line) => /^evenkeel_metrics_exporter_(overflow|rejected|collect_errors)/.test(line))
    .filter((line) => !line.endsWith(' 0'));
}

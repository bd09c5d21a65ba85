import type { PerformanceSystem } from '@evenkeel/performance-system';

const SERIES = /^http_request_duration_seconds_count\{(.*)\} (\d+)$/gm;

/** How many requests each series has, by `GET /items/:id 200 finished`. */
export function measured(system: PerformanceSystem): Record<string, number> {
  return Object.fromEntries(
    [...system.exportMetrics('prometheus').matchAll(SERIES)].map(([, labels = '', count]) => {
      const value = (name: string): string => {
        const quoted = new RegExp(`${name}=("(?:[^"\\\\]|\\\\.)*")`).exec(labels)?.[1] ?? '""';
        return JSON.parse(quoted);
      };
      const name = `${value('method')} ${value('route')} ${value('status_code')} ${value('outcome')}`;
      return [name, Number(count)];
    }),
  );
}

/** Requests whose response has not ended. */
export function inFlight(system: PerformanceSystem): number {
  return Number(/^http_requests_in_flight (\d+)$/m.exec(system.exportMetrics('prometheus'))?.[1]);
}

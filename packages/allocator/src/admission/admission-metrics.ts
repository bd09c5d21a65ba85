import type { Meter } from '@evenkeel/core';
import type { AdmissionStatistics } from './admission-statistics.ts';
import { REFUSAL_REASONS, REQUEST_CLASSES } from './request-class.ts';

/** Has the figures exported when they are asked for: nothing is recorded per request. */
export function meterAdmission(meter: Meter, read: () => AdmissionStatistics): void {
  const started = meter.counter('evenkeel_allocator_admitted_total', {
    description: 'Requests that were started.',
    labels: ['class'],
  });
  const rejected = meter.counter('evenkeel_allocator_rejected_total', {
    description: 'Requests that were refused.',
    labels: ['class', 'reason'],
  });
  const waited = meter.counter('evenkeel_allocator_queue_wait_seconds_total', {
    description: 'Sum of the times that started requests had waited.',
  });
  const queued = meter.gauge('evenkeel_allocator_queue_length', {
    description: 'Requests that wait to be started.',
    labels: ['class'],
  });
  const inFlight = meter.gauge('evenkeel_allocator_in_flight', {
    description: 'Requests that were started and have not ended.',
  });
  const hung = meter.gauge('evenkeel_allocator_in_flight_hung', {
    description: 'Requests in flight for so long that they are counted apart.',
  });
  const limit = meter.gauge('evenkeel_allocator_in_flight_limit', {
    description: 'Learned limit on requests in flight; +Inf where none is needed.',
  });
  let before: AdmissionStatistics | undefined;
  meter.onCollect(() => {
    const now = read();
    for (const name of REQUEST_CLASSES) {
      const then = before?.classes[name];
      const { started: count, queued: waiting, rejected: refused } = now.classes[name];
      started.labels({ class: name }).inc(count - (then?.started ?? 0));
      queued.labels({ class: name }).set(waiting);
      for (const reason of REFUSAL_REASONS) {
        rejected.labels({ class: name, reason }).inc(refused[reason] - (then?.rejected[reason] ?? 0));
      }
    }
    waited.inc((now.waitedMs - (before?.waitedMs ?? 0)) / 1000);
    inFlight.set(now.inFlight);
    hung.set(now.hung);
    limit.set(now.limit ?? Infinity);
    before = now;
  });
}

import { PerformanceMonitor } from '@evenkeel/monitor';
import { nodeCollectors } from '@evenkeel/monitor/node';
import {
  booleanField,
  durationField,
  integerField,
  section,
  thresholdField,
} from '../configuration/fields.ts';
import { componentRow } from './row.ts';

/* A timer of a day is the longest that anybody can mean. */
const DAY_MS = 86_400_000;
const ratio = { min: 0, max: 1 };

export const performance = componentRow({
  name: 'performance',
  section: 'performanceMonitor',
  schema: section('Requests, timers and the resources of the process.', {
    collectInterval: durationField('Time between two collections.', '5s', { min: 10, max: DAY_MS }),
    window: durationField('How far back the summary looks.', '5m', { min: 1000, max: DAY_MS }),
    apdexTarget: durationField('Response time that satisfies; four times that is tolerated.', '500ms', {
      min: 1,
      max: DAY_MS,
    }),
    maxEndpoints: integerField('Endpoints with statistics of their own; further ones share one.', 100, {
      min: 1,
      max: 10_000,
    }),
    thresholds: section('When the monitor raises alerts.', {
      responseTime: thresholdField(
        '95th percentile of the response time, in ms.',
        { warning: 500, critical: 2000 },
        { min: 0 },
      ),
      errorRate: thresholdField('Failed requests to all.', { warning: 0.05, critical: 0.2 }, ratio),
      cpu: thresholdField('CPU time used to CPU time available.', { warning: 0.8, critical: 0.95 }, ratio),
      memory: thresholdField('Memory used to the limit in force.', { warning: 0.8, critical: 0.95 }, ratio),
      eventLoopDelay: thresholdField(
        '99th percentile of the event-loop delay, in ms.',
        { warning: 100, critical: 500 },
        { min: 0 },
      ),
    }),
    enableDebugLogging: booleanField('Print every event of the monitor to the console.', false),
  }),
  create: ({ config, clock, meter }) => {
    const { collectInterval, thresholds, enableDebugLogging: _, ...options } = config;
    return new PerformanceMonitor({
      ...options,
      clock,
      meter,
      reportingInterval: collectInterval,
      collectors: nodeCollectors({ clock }),
      thresholds: {
        'responseTime.p95': thresholds.responseTime,
        errorRate: thresholds.errorRate,
        'cpu.ratio': thresholds.cpu,
        'memory.usedRatio': thresholds.memory,
        'eventLoop.p99DelayMs': thresholds.eventLoopDelay,
      },
    });
  },
  connect: (monitor, { config, raise, resolve }) => {
    monitor.on('alert', raise);
    monitor.on('alert_resolved', ({ id }) => resolve(id));
    if (config.enableDebugLogging) {
      // biome-ignore lint/suspicious/noConsole: printing is what the option asks for
      monitor.on('*', ({ type, data }) => console.debug(`evenkeel monitor: ${type}`, data));
    }
  },
});

import { PerformanceLogger } from '@evenkeel/logger';
import { postgresHistory } from '@evenkeel/logger/postgres';
import {
  booleanField,
  bytesField,
  choiceField,
  durationField,
  integerField,
  section,
} from '../configuration/fields.ts';
import { componentRow } from './row.ts';

/* The reporter takes no shorter ones. */
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export const logger = componentRow({
  name: 'logger',
  section: 'performanceLogger',
  schema: section('What happens, recorded, and what reports are made of.', {
    capacity: integerField('Records held in memory until they are overwritten.', 65_536, {
      min: 1024,
      max: 2 ** 24,
    }),
    maxBytes: bytesField('What their texts and data may take, about.', '32mb', { min: 2 ** 20 }),
    flushInterval: durationField('How long a record waits for others before it is written.', '1s', {
      min: 1,
    }),
    flushOnCrash: booleanField('Write at once what is recorded when the process is about to end.', true),
    history: choiceField(
      'Where the history is kept: "memory" ends with the process, "database" makes tables of its own in the database.',
      ['memory', 'database'],
      'memory',
    ),
    reportInterval: durationField(
      'Time that each report covers which is sent by itself, to the channels that the system was given; 0 for none.',
      0,
      { min: MINUTE_MS, max: 31 * DAY_MS, orNone: true },
    ),
  }),
  create: ({ config, clock, meter, books, delivery, logSinks, dumps, advice, stopTimeout }) => {
    const { history, reportInterval: _, ...options } = config;
    return new PerformanceLogger({
      ...options,
      clock,
      meter,
      dumps,
      sinks: logSinks,
      // The sinks are closed in the rest of it.
      stopTimeout: stopTimeout / 2,
      reports: { ...(delivery && { delivery }), recommendations: advice },
      ...(history === 'database' && { history: postgresHistory(books, { clock }) }),
    });
  },
  connect: ({ reporter }, { config: { reportInterval }, alertChannels }) => {
    if (reportInterval === 0) return;
    const takers = alertChannels.filter(({ takesReports }) => takesReports !== false);
    reporter.scheduleAutomaticReports(
      reportInterval,
      takers.map(({ name }) => name),
    );
  },
});

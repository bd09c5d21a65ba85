import { hostname } from 'node:os';
import { AlertManager, consoleChannel } from '@evenkeel/alerts';
import { PostgresAlertStore } from '@evenkeel/alerts/postgres';
import {
  booleanField,
  choiceField,
  durationField,
  numberField,
  section,
  textField,
} from '../configuration/fields.ts';
import { componentRow } from './row.ts';

export const alerts = componentRow({
  name: 'alerts',
  section: 'alertManager',
  schema: section('Who is told of alerts, and how often.', {
    console: booleanField('Tell of alerts on the console.', false),
    store: choiceField(
      'Where alerts and messages on their way are kept: "memory" ends with the process, "database" makes tables of its own in the database.',
      ['memory', 'database'],
      'memory',
    ),
    instance: textField(
      'Tells the processes with one database apart, the same after a restart; the name of the host where it is empty.',
    ),
    groupWait: durationField('How long the first message about like alerts waits for more of them.', '10s'),
    groupInterval: durationField('Least time between two messages with news of like alerts.', '5m'),
    repeatInterval: durationField(
      'After how long people are reminded of what goes on and nobody has acknowledged; 0 for never.',
      '4h',
    ),
    messagesPerMinute: numberField('Most messages to each channel.', 30, { min: 0.01 }),
    deadline: durationField('After how long a message that cannot be delivered is given up.', '1h', {
      min: 1,
    }),
    evaluationInterval: durationField('How often rules are judged as time passes.', '5s', { min: 10 }),
    resolveAfter: durationField('After how long an alert that is not raised again counts as over.', '1d', {
      min: 1,
    }),
  }),
  create: ({ config, clock, meter, books, stopTimeout, alertChannels }) => {
    const { console, store, instance, evaluationInterval, resolveAfter, ...delivery } = config;
    return new AlertManager({
      channels: console ? [consoleChannel(), ...alertChannels] : alertChannels,
      // Half of the time: what cannot be sent in it is kept in the other.
      delivery: { ...delivery, stopTimeout: stopTimeout / 2 },
      evaluationInterval,
      resolveAfter,
      clock,
      meter,
      ...(store === 'database' && {
        store: new PostgresAlertStore(books, { clock, instance: instance || hostname() }),
      }),
    });
  },
});

import { writeSync } from 'node:fs';
import pg from 'pg';
import type { TrackedAlert } from '../../src/alert-state.ts';
import { type Channel, DeliveryError } from '../../src/channels/channel.ts';
import { Notifier } from '../../src/delivery/notifier.ts';
import { PostgresAlertStore } from '../../src/postgres/index.ts';
import type { StoredState } from '../../src/store/alert-store.ts';

/**
 * Raises and resolves numbered alerts as fast as it can, until it is killed or told to come to an end; says on its
 * standard output what is safely in the store.
 *
 * Arguments: URL of the database, URL of the receiver, 'run' or 'finish', number of the first new alert.
 */
const [databaseUrl = '', receiverUrl = '', mode = 'run', first = '0'] = process.argv.slice(2);
const MOST_FIRING = 40;

class SayingStore extends PostgresAlertStore {
  override async save(changes: Partial<StoredState>): Promise<void> {
    await super.save(changes);
    const lines = (changes.alerts ?? []).map(({ id, state }) => `${id} ${state}\n`).join('');
    if (lines !== '') writeSync(1, lines);
  }
}

const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
const channel: Channel = {
  name: 'receiver',
  kind: 'test',
  description: 'the proof',
  repeatMs: 3_600_000,
  async send(message, signal) {
    const body = JSON.stringify({
      id: message.id,
      alerts: message.alerts.map(({ id, state }) => [id, state]),
    });
    const answer = await fetch(receiverUrl, { method: 'POST', body, signal });
    await answer.arrayBuffer();
    if (!answer.ok) throw new DeliveryError('refused', { status: answer.status });
  },
};
const notifier = new Notifier({
  store: new SayingStore(pool),
  delivery: { retryFirst: 5, retryLongest: 50, timeout: '2s', stopTimeout: '20s' },
});
notifier.addChannel(channel);
const { alerts } = await notifier.start();

const firing = [...alerts];
const resolve = (alert: TrackedAlert): void => {
  const now = Date.now();
  notifier.accept({
    kind: 'resolved',
    alert: { ...alert, state: 'resolved', updatedAt: now, resolvedAt: now },
  });
};
let next = Number(first);
// What keeps the process alive: the delivery's own timers do not.
const work = setInterval(() => {
  if (mode === 'finish') {
    for (const alert of firing.splice(0)) resolve(alert);
    if (notifier.stats().pending > 0) return;
    clearInterval(work);
    void notifier.stop().then(() => pool.end());
    return;
  }
  for (let each = 0; each < 5; each++) {
    const now = Date.now();
    const alert: TrackedAlert = {
      id: `a${next++}`,
      name: `n${next % 7}`,
      severity: 'warning',
      message: 'it is so',
      since: now,
      labels: {},
      state: 'firing',
      updatedAt: now,
      firedAt: now,
      count: 1,
      isFlapping: false,
      silencedBy: [],
    };
    firing.push(alert);
    notifier.accept({ kind: 'fired', alert });
    const oldest = firing.length > MOST_FIRING ? firing.shift() : undefined;
    if (oldest) resolve(oldest);
  }
}, 1);

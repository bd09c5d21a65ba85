import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { expect, it } from 'vitest';
import { redisTier } from '../../src/redis/index.ts';
import { ALL, CLIENTS, describeWithRedis, eventually, Fleet, record, tag, textOf } from './support/peers.ts';
import { Recorder } from './support/recorder.ts';

/* As the README tells them. */
const RIGHTS =
  '+hello +client|id +client|tracking +ping +subscribe +eval +evalsha +scan ' +
  '+time +hmget +hset +get +set +del +unlink +pttl +pexpire';

const [[, connect]] = CLIENTS as [(typeof CLIENTS)[number]];

describeWithRedis('a user of Redis with the least rights', () => {
  const fleet = new Fleet(connect);
  const login = { username: 'cache', password: 'secret' };

  it.each([
    ['node-redis', (port: number) => createClient({ socket: { host: '127.0.0.1', port }, ...login })],
    ['ioredis', (port: number) => new Redis({ host: '127.0.0.1', port, lazyConnect: true, ...login })],
  ])('can do all that the tier needs: %s', async (_, connectAs) => {
    const rights = ['on', '>secret', '~evenkeel:*', 'resetchannels', '&__redis__:invalidate', '-@all'];
    await fleet.admin('ACL', 'SETUSER', 'cache', 'reset', ...rights, ...RIGHTS.split(' '));
    const heard = new Recorder();
    const tier = redisTier({ client: connectAs(fleet.server.port), fleetSingleFlight: true });
    tier.start(heard);
    try {
      await eventually(() => tier.stats().up);
      const missed = await tier.read('k');
      expect(
        await tier.write(
          'k',
          record('1', { tags: ['t'] }),
          missed.kind === 'miss' ? missed.fence : undefined,
        ),
      ).toBe('stored');
      expect(await tier.write('l', record('2', { tags: ['t'] }))).toBe('stored');
      expect(textOf(await tier.read('k'))).toBe('1');
      expect(await tier.invalidate([tag('t'), { kind: 'prefix', prefix: 'k', soft: true }, ALL])).toBe(true);
      const other = await fleet.join();
      await other.tier.invalidate([tag('heard')]);
      await eventually(() => heard.invalidations.length > 0);
      expect(heard.failures).toEqual([]);
    } finally {
      await tier.stop();
    }
  });
});

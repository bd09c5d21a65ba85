import { type Alert, ConfigurationError, StateError, VirtualClock } from '@evenkeel/core';
import { describe, expect, it, vi } from 'vitest';
import { PerformanceSystem } from '../../src/index.ts';
import { fakeChannel, fakeSink, wired } from '../support/fakes.ts';

const fire: Alert = {
  id: 'fire',
  name: 'on fire',
  severity: 'critical',
  message: 'The kitchen is on fire',
  since: 0,
  labels: { room: 'kitchen' },
};

describe('the alerts', () => {
  it('are told as configured, through the channels of the host', async () => {
    const clock = new VirtualClock();
    const { channel, messages } = fakeChannel();
    const config = { alertManager: { groupWait: '3s', groupInterval: '20s' } };
    const system = await wired(clock, config, { alertChannels: [channel] });
    const alerts = system.getComponent('alerts');
    await alerts.start();
    alerts.raise(fire);
    await clock.advanceAsync(2900);
    expect(messages).toEqual([]);
    await clock.advanceAsync(200);
    expect(messages).toMatchObject([{ kind: 'firing', alerts: [{ id: 'fire' }] }]);
    alerts.resolve('fire');
    await clock.advanceAsync(20_000);
    expect(messages.map(({ kind }) => kind)).toEqual(['firing', 'resolved']);
    expect(system.exportMetrics('prometheus')).toMatch(/^evenkeel_alerts_\w+\{.*channel="chat"/m);
    await alerts.stop();
  });

  it('are told on the console where that is asked for', async () => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => {});
    const clock = new VirtualClock();
    const system = await wired(clock, { alertManager: { console: true, groupWait: 0 } });
    const alerts = system.getComponent('alerts');
    await alerts.start();
    alerts.raise(fire);
    await clock.advanceAsync(1000);
    expect(print.mock.calls.flat().join()).toContain('The kitchen is on fire');
    print.mockRestore();
    await alerts.stop();
  });

  it('that components raise are the events of the system: again only when the severity changes', async () => {
    const system = await wired(new VirtualClock());
    const seen: string[] = [];
    system.on('alert', ({ severity, message }) => seen.push(`${severity}: ${message}`));
    system.on('alert_resolved', ({ id }) => seen.push(`over: ${id}`));
    const alerts = system.getComponent('alerts');
    alerts.raise({ ...fire, severity: 'warning', message: 'smoke' });
    alerts.raise({ ...fire, severity: 'warning', message: 'more smoke', value: 2 });
    alerts.acknowledge('fire', 'the cook');
    alerts.raise({ ...fire });
    alerts.raise({ ...fire, severity: 'warning', message: 'smoke again' });
    alerts.resolve('fire');
    alerts.raise({ ...fire });
    expect(seen).toEqual([
      'warning: smoke',
      'critical: The kitchen is on fire',
      'warning: smoke again',
      'over: fire',
      'critical: The kitchen is on fire',
    ]);
  });

  it('are on the dashboard while they fire, the worst first, then the oldest', async () => {
    const clock = new VirtualClock(1_000_000);
    const system = await wired(clock);
    const alerts = system.getComponent('alerts');
    alerts.addRule({ kind: 'threshold', name: 'pending', metric: 'm', above: 1, for: '1h' });
    alerts.observe('m', 2);
    const raise = (id: string, severity: Alert['severity'], since: number) =>
      alerts.raise({ ...fire, id, severity, since });
    raise('note', 'info', 1);
    raise('new warning', 'warning', 9);
    raise('old warning', 'warning', 2);
    raise('disaster', 'critical', 10);
    const dashboard = system.getPerformanceDashboard();
    expect(dashboard.alerts.map(({ id }) => id)).toEqual(['disaster', 'old warning', 'new warning', 'note']);
    expect(dashboard.summary.activeAlerts).toBe(4);
    expect(dashboard.summary.scoreParts).toContainEqual(
      expect.objectContaining({ name: 'alerts', score: 30 }),
    );
    expect(JSON.parse(JSON.stringify(dashboard))).toEqual(dashboard);
    for (let id = 0; id < 300; id++) raise(`warning ${id}`, 'warning', 100 + id);
    expect(system.getPerformanceDashboard().alerts).toHaveLength(200);
  });
});

describe('stopping', () => {
  it('tells what gathers, after the other components have said their last', async () => {
    const clock = new VirtualClock();
    const { channel, messages } = fakeChannel();
    const { sink, records } = fakeSink();
    const host = { alertChannels: [channel], logSinks: [sink] };
    const system = await wired(clock, { alertManager: { groupWait: '1h' } }, host);
    system.on('error', () => {});
    await system.start();
    const health = system.getComponent('health');
    const stop = health.stop.bind(health);
    health.stop = async () => {
      system.getComponent('alerts').raise(fire);
      await stop();
    };
    await system.stop();
    const told = messages.flatMap(({ alerts }) => alerts.map(({ id }) => id));
    expect(told).toContain('fire');
    expect(records).toContainEqual(
      expect.objectContaining({ type: 'alert', data: expect.objectContaining({ id: 'fire' }) }),
    );
  });

  it('leaves nothing behind: no timer, no listener of the process', async () => {
    const clock = new VirtualClock();
    const listeners = () =>
      process.eventNames().map((name) => `${String(name)} ${process.listenerCount(name)}`);
    const before = listeners();
    const config = { performanceLogger: { reportInterval: '1h' } };
    const host = { alertChannels: [fakeChannel().channel], logSinks: [fakeSink().sink] };
    const system = await wired(clock, config, host);
    system.on('error', () => {});
    for (let life = 0; life < 2; life++) {
      await system.start();
      system.getComponent('alerts').raise(fire);
      await clock.advanceAsync(90_000);
      expect(listeners()).not.toEqual(before);
      await system.stop();
      expect(clock.pending).toBe(0);
      expect(listeners()).toEqual(before);
    }
  });

  it('keeps its time although a channel hangs, and says that all has stopped', async () => {
    const clock = new VirtualClock();
    const { channel } = fakeChannel('deaf', { send: () => new Promise(() => {}) });
    const config = { shutdownTimeout: '4s', alertManager: { groupWait: 0 } };
    const system = await wired(clock, config, { alertChannels: [channel] });
    const failed: unknown[] = [];
    system.on('error', () => {});
    system.on('component_failed', (event) => failed.push(event));
    await system.start();
    system.getComponent('alerts').raise(fire);
    const stop = vi.spyOn(system.getComponent('alerts'), 'stop');
    const stopped = system.stop();
    await vi.waitFor(() => expect(stop).toHaveBeenCalled(), { timeout: 10_000 });
    // Half of its time is for the channels.
    await clock.advanceAsync(4000);
    await stopped;
    expect(failed).toEqual([]);
  });
});

describe('what the alerts are given', () => {
  it.each([
    [{ store: 'paper' }, 'alertManager.store must be one of "memory", "database", got "paper"'],
    [{ groupWait: 'soon' }, 'alertManager.groupWait must be milliseconds'],
    [{ messagesPerMinute: 0 }, 'alertManager.messagesPerMinute must be a number of at least 0.01, got 0'],
    [{ resolveAfter: 0 }, 'alertManager.resolveAfter must be'],
    [{ consol: true }, 'alertManager.consol'],
  ])('%j is refused, by name and value', (alertManager, message) => {
    const make = () => new PerformanceSystem({ alertManager: alertManager as never });
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(message);
  });

  it.each([
    [{ alertChannels: 'chat' }, 'alertChannels must be'],
    [{ alertChannels: [fakeChannel().channel, {}] }, 'alertChannels[1] must be'],
    [{ alertChannels: [{ ...fakeChannel().channel, name: 7 }] }, 'channel.name must be'],
  ])('%j is refused, by name', (host, message) => {
    const make = () => new PerformanceSystem({}, host as never);
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(message);
  });

  it('may not be two channels of one name', () => {
    const alertChannels = [fakeChannel().channel, fakeChannel().channel];
    expect(() => new PerformanceSystem({}, { alertChannels })).toThrow(StateError);
    expect(() => new PerformanceSystem({}, { alertChannels })).toThrow('"chat"');
  });
});

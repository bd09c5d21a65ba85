import { ConfigurationError, type ManagedComponent, StateError, UnknownNameError } from '@evenkeel/core';
import { afterEach, describe, expect, it } from 'vitest';
import { ResourceAllocationManager } from '../src/index.ts';
import { fakeSensor } from '../src/pressure/fake-sensor.ts';
import { never, pausable, recordingComponent, virtualManager } from './managed-in-virtual-time.ts';

const unknown = (resource: string) => ({ resource, read: () => undefined });

describe('registration', () => {
  it('takes components, shows their states and gives back what unregisters them', () => {
    const { manager } = virtualManager();
    const unregister = manager.registerComponent('reports', recordingComponent().component);
    manager.registerComponent('plain');
    const running = { kind: 'running', since: Date.UTC(2024, 0, 1), reason: 'registered' };
    expect(manager.getComponentStates()).toEqual({ reports: running, plain: running });
    unregister();
    unregister();
    expect(Object.keys(manager.getComponentStates())).toEqual(['plain']);
    manager.registerComponent('reports');
    unregister();
    expect(Object.keys(manager.getComponentStates())).toEqual(['plain', 'reports']);
  });

  it('refuses bad options, an id that is taken, and what could be paused but not resumed', () => {
    const { manager } = virtualManager();
    manager.registerComponent('reports');
    expect(() => manager.registerComponent('reports')).toThrow(StateError);
    expect(() => manager.registerComponent('')).toThrow('id must be a non-empty string, got ""');
    // @ts-expect-error a priority that there is not
    expect(() => manager.registerComponent('x', { cpuPriority: 'urgent' })).toThrow(
      'cpuPriority must be one of "low", "medium", "high", got "urgent"',
    );
    expect(() => manager.registerComponent('x', { pauseCallback: () => {} })).toThrow(
      'resumeCallback must be a function where there is a pauseCallback: what is paused has to be resumed',
    );
  });

  it('is bounded', () => {
    const { manager } = virtualManager();
    for (let index = 0; index < 1000; index++) manager.registerComponent(`c${index}`);
    expect(() => manager.registerComponent('one more')).toThrow('there are 1000 components already');
  });

  it('leaves a component as it is when it is unregistered, and says how', async () => {
    const { manager } = virtualManager();
    const { component, calls } = recordingComponent();
    manager.registerComponent('reports', component);
    await manager.pauseComponent('reports');
    expect(manager.unregisterComponent('reports')).toMatchObject({ kind: 'paused', by: 'caller' });
    expect(manager.unregisterComponent('reports')).toBeUndefined();
    expect(calls).toEqual(['pause']);
  });
});

describe('options', () => {
  it.each([
    [{ mode: 'turbo' }, 'mode must be one of "performance", "balanced", "efficiency", got "turbo"'],
    [{ interval: 0 }, 'interval must be'],
    [{ sensors: [{}] }, 'sensors[0] must be an object with read(), got {}'],
    [{ sensors: [{ read() {} }] }, 'sensors[0].resource must be a non-empty string'],
    [{ sensor: [] }, 'did you mean sensors?'],
  ])('refuses %j', (options, message) => {
    // @ts-expect-error options that there are not
    expect(() => new ResourceAllocationManager(options)).toThrow(message);
  });

  it('refuses a mode that there is not', () => {
    // @ts-expect-error a mode that there is not
    expect(() => virtualManager().manager.setResourceMode('turbo')).toThrow(ConfigurationError);
  });
});

describe('pauses and resumptions by the application', () => {
  it('pauses and resumes, and tells of both', async () => {
    const { manager, events } = virtualManager();
    const { component, calls, requests } = recordingComponent();
    manager.registerComponent('reports', component);
    expect(await manager.pauseComponent('reports')).toEqual({
      kind: 'paused',
      by: 'caller',
      since: Date.UTC(2024, 0, 1),
      reason: 'paused by the application',
    });
    expect((await manager.pauseComponent('reports')).kind).toBe('paused');
    expect((await manager.resumeComponent('reports')).kind).toBe('running');
    expect(calls).toEqual(['pause', 'resume']);
    expect(requests[0]).toMatchObject({ resource: undefined, reason: 'paused by the application' });
    expect(events).toEqual(['component-paused reports caller', 'component-resumed reports']);
  });

  it('pauses an essential component only when forced', async () => {
    const { manager } = virtualManager();
    manager.registerComponent('api', pausable({ isEssential: true }).component);
    await expect(manager.pauseComponent('api')).rejects.toThrow(
      'component "api" is essential: pausing it takes { force: true }',
    );
    expect((await manager.pauseComponent('api', { force: true })).kind).toBe('paused');
  });

  it('names what is wrong', async () => {
    const { manager } = virtualManager();
    manager.registerComponent('plain');
    await expect(manager.pauseComponent('reports')).rejects.toThrow(UnknownNameError);
    await expect(manager.resumeComponent('reports')).rejects.toThrow(
      'no component is called "reports" (known: plain)',
    );
    await expect(manager.pauseComponent('plain')).rejects.toThrow('component "plain" has no pauseCallback');
    // @ts-expect-error an option that there is not
    await expect(manager.pauseComponent('plain', { forced: true })).rejects.toThrow(ConfigurationError);
  });

  it('never resumes what the application paused, and pressure leaves it alone', async () => {
    const { clock, cpu, manager } = virtualManager();
    const reports = recordingComponent();
    manager.registerComponent('reports', reports.component);
    manager.start();
    await manager.pauseComponent('reports');
    cpu.set(1.2);
    await clock.advanceAsync(60_000);
    cpu.set(0.1);
    await clock.advanceAsync(3_600_000);
    expect(reports.calls).toEqual(['pause']);
    await manager.stop();
    expect(manager.getComponentStates().reports).toMatchObject({ kind: 'paused', by: 'caller' });
  });

  it('takes over what pressure has paused', async () => {
    const { clock, cpu, manager } = virtualManager();
    const reports = pausable();
    manager.registerComponent('reports', reports.component);
    manager.start();
    cpu.set(1.2);
    await clock.advanceAsync(10_000);
    expect(manager.getComponentStates().reports).toMatchObject({ kind: 'paused', by: 'pressure' });
    await manager.pauseComponent('reports');
    cpu.set(0.1);
    await clock.advanceAsync(3_600_000);
    expect(manager.getComponentStates().reports).toMatchObject({ kind: 'paused', by: 'caller' });
    expect(reports.calls).toEqual(['pause']);
  });

  it('rejects with what the callback failed with, and for an order that another overtakes', async () => {
    const { clock, manager } = virtualManager({ actionTimeout: 100 });
    manager.registerComponent('refusing', pausable({ pauseCallback: () => false }).component);
    await expect(manager.pauseComponent('refusing')).rejects.toThrow('the pause callback returned false');
    manager.registerComponent('hanging', pausable({ pauseCallback: never }).component);
    const hung = expect(manager.pauseComponent('hanging')).rejects.toThrow(
      'pause of component "hanging" did not finish within 100 ms',
    );
    await clock.advanceAsync(100);
    await hung;
    manager.registerComponent('slow', pausable({ pauseCallback: never }).component);
    const overtaken = expect(manager.pauseComponent('slow')).rejects.toThrow(
      'component "slow" was given up on its way: another order came first: resumed by the application',
    );
    void manager.resumeComponent('slow');
    await overtaken;
    const removed = expect(manager.resumeComponent('slow')).rejects.toThrow('it was unregistered');
    manager.unregisterComponent('slow');
    await removed;
  });
});

describe('pressure', () => {
  it('reduces before it pauses, low priority and large footprint first, and restores in reverse', async () => {
    const { clock, cpu, manager, events, errors } = virtualManager();
    manager.registerComponent('api', pausable({ isEssential: true }).component);
    manager.registerComponent('index', pausable({ cpuPriority: 'high' }).component);
    manager.registerComponent('images', pausable({ cpuPriority: 'low', memoryFootprint: 'small' }).component);
    manager.registerComponent(
      'reports',
      recordingComponent({ cpuPriority: 'low', memoryFootprint: 'large' }).component,
    );
    manager.start();
    cpu.set(1.2);
    await clock.advanceAsync(60_000);
    cpu.set(0.1);
    await clock.advanceAsync(300_000);
    expect(events).toEqual([
      'pressure cpu unknown nominal',
      'pressure cpu nominal critical',
      'component-reduced reports 0.55',
      'component-reduced reports 0.1',
      'component-paused reports pressure',
      'component-paused images pressure',
      'component-paused index pressure',
      'pressure cpu critical nominal',
      'component-resumed index',
      'component-resumed images',
      'component-reduced reports 0.1',
      'component-reduced reports 0.97',
      'component-resumed reports',
    ]);
    expect(manager.getComponentStates()).toMatchObject({ api: { kind: 'running', reason: 'registered' } });
    expect(errors).toEqual([]);
  });

  it('reduces essential components, too, when nothing else is left', async () => {
    const { clock, cpu, manager } = virtualManager();
    const api = recordingComponent({ isEssential: true });
    manager.registerComponent('api', api.component);
    manager.registerComponent('reports', pausable().component);
    manager.start();
    cpu.set(1.2);
    await clock.advanceAsync(60_000);
    expect(manager.getComponentStates()).toMatchObject({
      api: { kind: 'reduced', share: 0.1 },
      reports: { kind: 'paused', by: 'pressure' },
    });
    expect(api.calls).not.toContain('pause');
  });

  it('tells each callback the resource, the reason and the share', async () => {
    const { clock, cpu, manager } = virtualManager();
    const reports = recordingComponent();
    manager.registerComponent('reports', reports.component);
    manager.start();
    cpu.set(1.2);
    await clock.advanceAsync(1000);
    expect(reports.requests).toEqual([
      {
        share: 0.55,
        resource: 'cpu',
        reason: 'cpu is critical: 120 % used',
        signal: expect.any(AbortSignal),
      },
    ]);
    expect(manager.getComponentStates().reports).toEqual({
      kind: 'reduced',
      share: 0.55,
      since: Date.UTC(2024, 0, 1) + 1000,
      reason: 'cpu is critical: 120 % used',
    });
  });

  it('uses reduceResourcesCallback with a share of 1 where there is no resumeCallback', async () => {
    const { clock, cpu, manager } = virtualManager();
    const calls: number[] = [];
    manager.registerComponent('reports', { reduceResourcesCallback: ({ share }) => void calls.push(share) });
    manager.start();
    cpu.set(1.2);
    await clock.advanceAsync(10_000);
    cpu.set(0.1);
    await clock.advanceAsync(300_000);
    expect(calls[0]).toBe(0.55);
    expect(calls.at(-1)).toBe(1);
    expect(manager.getComponentStates().reports).toMatchObject({ kind: 'running' });
  });

  it('does nothing because of one reading, and something when two of three agree', async () => {
    const { clock, cpu, manager, events } = virtualManager();
    manager.registerComponent('reports', recordingComponent().component);
    manager.start();
    await clock.advanceAsync(2000);
    for (const utilization of [1.5, 0.1, 0.1, 1.5, 0.1]) {
      cpu.set(utilization);
      await clock.advanceAsync(500);
    }
    expect(events).toEqual(['pressure cpu unknown nominal']);
    cpu.set(1.5);
    await clock.advanceAsync(500);
    expect(events.slice(1)).toEqual(['pressure cpu nominal critical', 'component-reduced reports 0.55']);
  });

  it('works for a resource of any name', async () => {
    const pool = fakeSensor('databasePool', 1.5);
    const { clock, manager } = virtualManager({ sensors: [pool] });
    const reports = pausable();
    manager.registerComponent('reports', reports.component);
    manager.start();
    await clock.advanceAsync(2000);
    expect(reports.requests).toMatchObject([{ resource: 'databasePool' }]);
    expect(manager.getCurrentResourceUsage()).toEqual({ databasePool: 150 });
  });

  it('lets new components of lower priority give way in the place of those that are paused', async () => {
    const { clock, cpu, manager } = virtualManager();
    manager.registerComponent('index', pausable({ cpuPriority: 'high' }).component);
    manager.start();
    cpu.set(1.2);
    await clock.advanceAsync(5000);
    // No room to resume anything, and no pressure.
    cpu.set(0.925);
    await clock.advanceAsync(20_000);
    expect(manager.getComponentStates()).toMatchObject({ index: { kind: 'paused' } });
    manager.registerComponent('reports', pausable({ cpuPriority: 'low' }).component);
    await clock.advanceAsync(1000);
    expect(manager.getComponentStates()).toMatchObject({
      index: { kind: 'paused' },
      reports: { kind: 'paused', reason: 'it gives way before "index", which is paused' },
    });
  });
});

describe('modes', () => {
  it('change the thresholds at once', async () => {
    const { clock, cpu, manager, events } = virtualManager();
    manager.registerComponent('reports', recordingComponent().component);
    manager.start();
    cpu.set(0.8);
    await clock.advanceAsync(5000);
    expect(manager.mode).toBe('balanced');
    manager.setResourceMode('efficiency');
    manager.setResourceMode('efficiency');
    await clock.advanceAsync(500);
    expect(events).toEqual([
      'pressure cpu unknown nominal',
      'pressure cpu nominal fair',
      'mode-changed balanced efficiency',
      'pressure cpu fair serious',
      'component-reduced reports 0.53',
    ]);
  });
});

describe('sensors', () => {
  it('that fail make their resource unknown and harm nothing else', async () => {
    const broken = { resource: 'memory', read: () => Promise.reject(new Error('late')) };
    const throwing = {
      resource: 'gpu',
      read: () => {
        throw new Error('no driver');
      },
      start: () => {
        throw new Error('no start');
      },
    };
    const cpu = fakeSensor('cpu', 1.2);
    const { clock, manager, events, errors } = virtualManager({
      // @ts-expect-error it gives a promise
      sensors: [broken, throwing, cpu],
    });
    manager.registerComponent('reports', pausable().component);
    manager.start();
    await clock.advanceAsync(5000);
    expect(events).toContain('component-paused reports pressure');
    expect(errors).toEqual([
      'start() of sensor of "gpu": no start',
      'sensor of "memory": a reading must have a utilization, a finite number of at least 0, got a Promise',
      'sensor of "gpu": no driver',
    ]);
    expect(manager.getCurrentResourceUsage()).toEqual({ cpu: 120 });
  });

  it('of one resource: the fullest counts', async () => {
    const sensors = [fakeSensor('cpu', 0.2), fakeSensor('cpu', 0.7), unknown('cpu')];
    const { clock, manager } = virtualManager({ sensors });
    manager.start();
    await clock.advanceAsync(500);
    expect(manager.getCurrentResourceUsage().cpu).toBeCloseTo(70);
  });

  it('that die keep nothing paused for ever', async () => {
    const { clock, cpu, manager, events } = virtualManager();
    manager.registerComponent('reports', pausable().component);
    manager.start();
    cpu.set(1.2);
    await clock.advanceAsync(5000);
    cpu.set(undefined);
    await clock.advanceAsync(50_000);
    expect(manager.getComponentStates().reports).toMatchObject({ kind: 'paused' });
    expect(events.at(-1)).toBe('pressure cpu critical unknown');
    await clock.advanceAsync(30_000);
    expect(manager.getComponentStates().reports).toMatchObject({ kind: 'running' });
  });
});

describe('the end', () => {
  it('restores what pressure touched, and starts again', async () => {
    const { clock, cpu, manager } = virtualManager();
    const reports = recordingComponent();
    const images = pausable();
    manager.registerComponent('reports', reports.component);
    manager.registerComponent('images', images.component);
    manager.start();
    manager.start();
    expect(cpu.isRunning).toBe(true);
    cpu.set(1.2);
    await clock.advanceAsync(30_000);
    const stopped = manager.stop();
    expect(cpu.isRunning).toBe(false);
    await stopped;
    await manager.stop();
    expect(manager.isRunning).toBe(false);
    expect(manager.getComponentStates()).toMatchObject({
      reports: { kind: 'running', reason: 'the manager was stopped' },
      images: { kind: 'running' },
    });
    expect(clock.pending).toBe(0);
    manager.start();
    await clock.advanceAsync(1500);
    expect(manager.getComponentStates()).toMatchObject({ reports: { kind: 'reduced' } });
    await manager[Symbol.asyncDispose]();
    expect(clock.pending).toBe(0);
  });

  it('waits for hanging callbacks no longer than twice the time-out', async () => {
    const { clock, cpu, manager } = virtualManager({ actionTimeout: 1000 });
    manager.registerComponent('hanging', { pauseCallback: never, resumeCallback: never });
    manager.start();
    cpu.set(1.2);
    await clock.advanceAsync(1100);
    let ended = false;
    void manager.stop().then(() => {
      ended = true;
    });
    await clock.advanceAsync(2000);
    expect(ended).toBe(true);
    expect(clock.pending).toBe(0);
  });
});

describe('getInstance', () => {
  afterEach(async () => {
    await (await ResourceAllocationManager.getInstance()).stop();
  });

  it('makes one, started, and gives the same from then on', async () => {
    const sensors = [fakeSensor('cpu')];
    const first = await ResourceAllocationManager.getInstance({ sensors, mode: 'efficiency' });
    expect(first.isRunning).toBe(true);
    expect(first.mode).toBe('efficiency');
    expect(await ResourceAllocationManager.getInstance()).toBe(first);
    expect(await ResourceAllocationManager.getInstance({ sensors })).toBe(first);
    await expect(ResourceAllocationManager.getInstance({ mode: 'balanced', interval: 100 })).rejects.toThrow(
      'the instance exists already, with other options (mode, interval)',
    );
    await first.stop();
    const second = await ResourceAllocationManager.getInstance({ mode: 'balanced' });
    expect(second).not.toBe(first);
  });

  it('refuses bad options', async () => {
    // @ts-expect-error a mode that there is not
    await expect(ResourceAllocationManager.getInstance({ mode: 'turbo' })).rejects.toThrow(
      ConfigurationError,
    );
  });
});

describe('what it tells about itself', () => {
  it('satisfies ManagedComponent, with plain data', async () => {
    const { clock, cpu, manager } = virtualManager();
    const component: ManagedComponent = manager;
    manager.registerComponent('reports', recordingComponent({ cpuPriority: 'low' }).component);
    expect(component.healthCheck()).toMatchObject({ score: 100, status: 'healthy' });
    component.start();
    cpu.set(1.2);
    await clock.advanceAsync(2500);
    const since = Date.UTC(2024, 0, 1) + 1000;
    expect(component.snapshot()).toMatchObject({
      mode: 'balanced',
      isRunning: true,
      resources: { cpu: { level: 'critical', utilization: 1.2, since, evidence: { source: 'fake' } } },
      components: {
        reports: {
          state: { kind: 'reduced', share: 0.1, since, reason: 'cpu is critical: 120 % used' },
          cpuPriority: 'low',
          memoryFootprint: 'medium',
          isEssential: false,
          effects: { cpu: 0 },
        },
      },
      lastStep: {
        kind: 'relieve',
        at: since + 1000,
        reason: 'cpu is critical: 120 % used',
        components: ['reports'],
      },
    });
    expect(JSON.parse(JSON.stringify(component.snapshot()))).toEqual(component.snapshot());
    expect(component.healthCheck()).toEqual({
      score: 30,
      status: 'critical',
      metrics: {
        components: 1,
        reduced: 1,
        paused: 0,
        unresponsive: 0,
        pressureLevel: 3,
        unknownResources: 0,
      },
    });
    await component.stop();
  });

  it('recommends more of a resource when all that can be done is done', async () => {
    const { clock, cpu, manager } = virtualManager();
    manager.registerComponent('reports', pausable().component);
    manager.start();
    cpu.set(1.2);
    await clock.advanceAsync(30_000);
    expect(manager.getRecommendations()).toEqual([]);
    await clock.advanceAsync(60_000);
    expect(manager.getRecommendations()).toEqual([
      {
        id: 'allocator:exhausted:cpu',
        component: 'allocator',
        priority: 'critical',
        message:
          'Give the application more cpu, or run more instances: it is critical, and all that may be reduced or paused is.',
        evidence: { resource: 'cpu', level: 'critical', utilization: 1.2, lastsMs: 88_000, source: 'fake' },
        automated: false,
      },
    ]);
    cpu.set(0.1);
    await clock.advanceAsync(10_000);
    expect(manager.recommendations()).toEqual([]);
  });

  it('recommends to look into sensors that cannot tell, callbacks that fail, and components that flap', async () => {
    const { clock, cpu, manager } = virtualManager({ sensors: [unknown('gpu')] });
    manager.registerComponent('failing', pausable({ pauseCallback: () => false }).component);
    manager.start();
    void manager.pauseComponent('failing');
    await clock.advanceAsync(60_000);
    expect(manager.recommendations()).toMatchObject([
      { id: 'allocator:unknown:gpu', evidence: { resource: 'gpu', lastsMs: 60_000 } },
      { id: 'allocator:unresponsive:failing', evidence: { during: 'pause', attempts: 6 } },
    ]);
    await manager.stop();

    const flapping = virtualManager();
    flapping.manager.registerComponent('hog', {
      pauseCallback: () => flapping.cpu.set(0.1),
      resumeCallback: () => flapping.cpu.set(1.2),
    });
    flapping.cpu.set(1.2);
    flapping.manager.start();
    await flapping.clock.advanceAsync(1_800_000);
    expect(flapping.manager.recommendations()).toMatchObject([{ id: 'allocator:flapping:hog' }]);
    expect(cpu.isRunning).toBe(false);
  });
});

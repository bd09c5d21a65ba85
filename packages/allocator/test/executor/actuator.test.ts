import { describe, expect, it } from 'vitest';
import { never, pausable, recordingComponent, virtualManager } from '../managed-in-virtual-time.ts';

/** A callback whose calls are ended by the test. */
function manualCallback() {
  const calls: { readonly signal: AbortSignal; end(value?: unknown): void; fail(error: unknown): void }[] =
    [];
  const callback = ({ signal }: { readonly signal: AbortSignal }) =>
    new Promise((resolve, reject) => {
      calls.push({ signal, end: resolve, fail: reject });
    });
  return { callback, calls };
}

describe('callbacks that fail', () => {
  it.each([
    [
      'throw',
      () => {
        throw new Error('no');
      },
      'no',
    ],
    [
      'throw what is no error',
      () => {
        throw 'no';
      },
      'a value that is no error was thrown: "no"',
    ],
    ['reject', () => Promise.reject(new Error('no')), 'no'],
    ['return false', () => false, 'the pause callback returned false'],
    ['hang', never, 'pause of component "x" did not finish within 5000 ms'],
  ])('those that %s make the component unresponsive', async (_, pauseCallback, error) => {
    const { clock, manager } = virtualManager();
    manager.registerComponent('x', pausable({ pauseCallback }).component);
    const pausing = manager.pauseComponent('x').catch(() => 'rejected');
    await clock.advanceAsync(5000);
    expect(await pausing).toBe('rejected');
    const state = manager.getComponentStates().x;
    expect(state).toMatchObject({ kind: 'unresponsive', during: 'pause', error });
    expect(state?.reason).toBe('paused by the application');
  });

  it('are tried again after 1, 2, 4 s and so on up to a minute, until they work', async () => {
    const { clock, manager, events } = virtualManager();
    const begun: number[] = [];
    let works = false;
    const pauseCallback = () => {
      begun.push(clock.monotonic());
      return works;
    };
    manager.registerComponent('x', pausable({ pauseCallback }).component);
    void manager.pauseComponent('x');
    await clock.advanceAsync(200_000);
    expect(begun).toEqual([0, 1000, 3000, 7000, 15_000, 31_000, 63_000, 123_000, 183_000]);
    works = true;
    await clock.advanceAsync(60_000);
    expect(manager.getComponentStates().x).toMatchObject({ kind: 'paused', by: 'caller' });
    expect(events.at(-1)).toBe('component-paused x caller');
    expect(events.filter((event) => event.startsWith('component-unresponsive'))).toHaveLength(9);
  });

  it('are tried at once when the application asks again', async () => {
    const { manager } = virtualManager();
    let works = false;
    manager.registerComponent('x', pausable({ pauseCallback: () => works }).component);
    await expect(manager.pauseComponent('x')).rejects.toThrow();
    works = true;
    expect((await manager.pauseComponent('x')).kind).toBe('paused');
  });

  it('may have had their effect: the way back is taken all the same', async () => {
    const { manager } = virtualManager();
    const x = pausable({ pauseCallback: () => false });
    manager.registerComponent('x', x.component);
    await expect(manager.pauseComponent('x')).rejects.toThrow();
    await manager.resumeComponent('x');
    expect(x.calls).toEqual(['resume']);
    expect(manager.getComponentStates().x).toMatchObject({ kind: 'running' });
  });
});

describe('callbacks that hang', () => {
  it('count when they come back late', async () => {
    const { clock, manager } = virtualManager();
    const { callback, calls } = manualCallback();
    manager.registerComponent('x', pausable({ pauseCallback: callback }).component);
    void manager.pauseComponent('x');
    await clock.advanceAsync(5500);
    expect(calls[0]?.signal.aborted).toBe(true);
    expect(manager.getComponentStates().x).toMatchObject({ kind: 'unresponsive' });
    calls[0]?.end();
    await clock.advanceAsync(0);
    expect(manager.getComponentStates().x).toMatchObject({ kind: 'paused' });
    await clock.advanceAsync(60_000);
    expect(calls).toHaveLength(1);
  });

  it('are undone when they come back after the goal has changed', async () => {
    const { clock, manager } = virtualManager();
    const { callback, calls } = manualCallback();
    const x = pausable({ pauseCallback: callback });
    manager.registerComponent('x', x.component);
    void manager.pauseComponent('x');
    await clock.advanceAsync(5500);
    await manager.resumeComponent('x');
    expect(x.calls).toEqual(['resume']);
    calls[0]?.end();
    await clock.advanceAsync(0);
    expect(x.calls).toEqual(['resume', 'resume']);
    expect(manager.getComponentStates().x).toMatchObject({ kind: 'running' });
  });

  it('and come back during the next call make that one be repeated', async () => {
    const { clock, manager } = virtualManager();
    const pausing = manualCallback();
    const resuming = manualCallback();
    manager.registerComponent('x', {
      pauseCallback: pausing.callback,
      resumeCallback: resuming.callback,
    });
    void manager.pauseComponent('x');
    await clock.advanceAsync(5500);
    void manager.resumeComponent('x');
    pausing.calls[0]?.end();
    await clock.advanceAsync(0);
    resuming.calls[0]?.end();
    await clock.advanceAsync(0);
    expect(resuming.calls).toHaveLength(2);
    resuming.calls[1]?.end();
    await clock.advanceAsync(0);
    expect(manager.getComponentStates().x).toMatchObject({ kind: 'running' });
  });

  it('are called three times at most, until one comes back', async () => {
    const { clock, manager } = virtualManager();
    const { callback, calls } = manualCallback();
    manager.registerComponent('x', pausable({ pauseCallback: callback }).component);
    void manager.pauseComponent('x');
    await clock.advanceAsync(3_600_000);
    expect(calls).toHaveLength(3);
    expect(manager.getComponentStates().x).toMatchObject({
      kind: 'unresponsive',
      error: '3 calls of it have not returned; the next begins when one has',
    });
    calls[0]?.fail(new Error('gave up'));
    await clock.advanceAsync(60_000);
    expect(calls).toHaveLength(4);
  });

  it('hold up nobody else', async () => {
    const { clock, manager } = virtualManager();
    manager.registerComponent('hanging', { pauseCallback: never, resumeCallback: never });
    manager.registerComponent('other', pausable().component);
    void manager.pauseComponent('hanging');
    expect((await manager.pauseComponent('other')).kind).toBe('paused');
    await clock.advanceAsync(0);
    expect(manager.getComponentStates().hanging).toMatchObject({ kind: 'pausing', by: 'caller' });
  });
});

describe('serialisation', () => {
  it('ends one call before the next, and skips goals that were overtaken', async () => {
    const { clock, manager } = virtualManager();
    const { callback, calls } = manualCallback();
    const x = pausable({ pauseCallback: callback });
    manager.registerComponent('x', x.component);
    void manager.pauseComponent('x');
    void manager.resumeComponent('x');
    void manager.pauseComponent('x');
    const resumed = manager.resumeComponent('x');
    await clock.advanceAsync(1000);
    expect(calls).toHaveLength(1);
    expect(x.calls).toEqual([]);
    calls[0]?.end();
    expect((await resumed).kind).toBe('running');
    expect(x.calls).toEqual(['resume']);
  });

  it('survives callbacks and listeners that call back into the manager', async () => {
    const { clock, manager, errors } = virtualManager();
    const inner: string[] = [];
    manager.registerComponent('self', {
      pauseCallback: () => {
        void manager.resumeComponent('self');
        inner.push('pause');
      },
      resumeCallback: () => void inner.push('resume'),
    });
    manager.registerComponent(
      'suicidal',
      pausable({ pauseCallback: () => void manager.unregisterComponent('suicidal') }).component,
    );
    manager.registerComponent('watched', pausable().component);
    manager.on('resource-manager:component-paused', ({ id }) => {
      if (id === 'watched') void manager.resumeComponent('watched');
    });
    void manager.pauseComponent('self');
    void manager.pauseComponent('suicidal');
    await manager.pauseComponent('watched');
    await clock.advanceAsync(0);
    expect(inner).toEqual(['pause', 'resume']);
    expect(manager.getComponentStates()).toMatchObject({
      self: { kind: 'running' },
      watched: { kind: 'running' },
    });
    expect(manager.getComponentStates()).not.toHaveProperty('suicidal');
    expect(errors).toEqual([]);
  });

  it('ends the game of callbacks and listeners that contradict each other', async () => {
    const { clock, manager } = virtualManager();
    let calls = 0;
    manager.registerComponent('x', {
      pauseCallback: () => {
        calls += 1;
        void manager.resumeComponent('x');
      },
      resumeCallback: () => {
        calls += 1;
        void manager.pauseComponent('x');
      },
    });
    void manager.pauseComponent('x');
    for (let turn = 0; turn < 5; turn++) await clock.advanceAsync(0);
    expect(calls).toBe(50);
    expect(manager.getComponentStates().x).toMatchObject({
      kind: 'unresponsive',
      error: expect.stringContaining('called 50 times within a second'),
    });
    await clock.advanceAsync(10_000);
    expect(calls).toBeLessThanOrEqual(50 * 11);
  });

  it('goes on at once to another goal when the call for the one before has failed', async () => {
    const { clock, manager } = virtualManager();
    const x = pausable({ pauseCallback: never });
    manager.registerComponent('x', x.component);
    void manager.pauseComponent('x');
    const resumed = manager.resumeComponent('x');
    await clock.advanceAsync(5000);
    expect((await resumed).kind).toBe('running');
    expect(x.calls).toEqual(['resume']);
  });

  it('rests while the manager is stopped, and goes on when it is started', async () => {
    const { clock, manager } = virtualManager();
    let calls = 0;
    manager.registerComponent('x', pausable({ pauseCallback: () => ++calls > 2 }).component);
    void manager.pauseComponent('x');
    await clock.advanceAsync(0);
    await manager.stop();
    expect(clock.pending).toBe(0);
    await clock.advanceAsync(60_000);
    expect(calls).toBe(1);
    manager.start();
    await clock.advanceAsync(60_000);
    expect(calls).toBe(3);
    expect(manager.getComponentStates().x).toMatchObject({ kind: 'paused', by: 'caller' });
    await manager.stop();
  });

  it('ends a callback that waits for its own component when its time is up', async () => {
    const { clock, manager } = virtualManager();
    manager.registerComponent('x', pausable({ pauseCallback: () => manager.resumeComponent('x') }).component);
    void manager.pauseComponent('x');
    await clock.advanceAsync(10_000);
    expect(manager.getComponentStates().x).toMatchObject({ kind: 'running' });
  });
});

describe('shares', () => {
  it('change within the state, each told by an event', async () => {
    const { clock, cpu, manager, events } = virtualManager();
    const x = recordingComponent({ pauseCallback: undefined });
    manager.registerComponent('x', x.component);
    manager.start();
    cpu.set(1.2);
    await clock.advanceAsync(1000);
    const { since } = manager.getComponentStates().x ?? {};
    await clock.advanceAsync(1000);
    expect(manager.getComponentStates().x).toMatchObject({ kind: 'reduced', share: 0.1, since });
    expect(events.slice(2)).toEqual(['component-reduced x 0.55', 'component-reduced x 0.1']);
  });
});

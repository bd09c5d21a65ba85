import { AsyncLocalStorage } from 'node:async_hooks';
import { ConfigurationError, VirtualClock } from '@evenkeel/core';
import { describe, expect, it, vi } from 'vitest';
import { AdmissionController } from '../../src/admission/admission-controller.ts';
import type { AdmissionEvents } from '../../src/admission/admission-events.ts';
import { OverloadedError } from '../../src/admission/overloaded-error.ts';
import type { TestTicket } from './set-up.ts';
import { learnLimit, virtualAdmission } from './set-up.ts';

/** Fills the limit that was learnt; gives those that hold it. */
function fill(rig: ReturnType<typeof virtualAdmission>): TestTicket[] {
  const { limit } = rig.admission.statistics();
  const holders = Array.from({ length: limit ?? 0 }, (_, index) => rig.offer(`holder ${index}`));
  rig.turns();
  rig.started.splice(0);
  return holders;
}

describe('turns', () => {
  it('starts at once where nothing is under way', () => {
    const rig = virtualAdmission();
    expect(rig.offer().outcome).toBe('started');
  });

  it('starts one a turn, in the order of arrival', () => {
    const rig = virtualAdmission();
    for (let count = 0; count < 4; count++) rig.offer();
    expect(rig.order).toBe('0');
    rig.turn();
    expect(rig.order).toBe('0 1');
    rig.turn();
    rig.turn();
    expect(rig.order).toBe('0 1 2 3');
    rig.turns();
    expect(rig.offer().outcome).toBe('started');
  });

  it('starts the most important first, and those of a class in the order of arrival', () => {
    const rig = virtualAdmission();
    rig.offer('first');
    rig.offer('b1', { class: 'background' });
    rig.offer('n1');
    rig.offer('e1', { class: 'essential' });
    rig.offer('b2', { class: 'background' });
    rig.offer('n2');
    rig.offer('e2', { class: 'essential' });
    rig.turns();
    expect(rig.order).toBe('first e1 e2 n1 n2 b1 b2');
  });

  it('serves a burst of 30 at once, though each takes 5 ms', () => {
    const rig = virtualAdmission();
    for (let count = 0; count < 30; count++) rig.offer();
    rig.turns(5);
    expect(rig.started).toHaveLength(30);
    expect(rig.admission.statistics()).toMatchObject({ arrived: 30, started: 30, rejected: 0, queued: 0 });
  });

  it('takes one turn at a time, also where a listener brings more work', () => {
    const rig = virtualAdmission();
    const { clock, admission } = rig;
    admission.on('overload_changed', () => rig.offer());
    admission.on('limit_changed', () => rig.offer());
    for (let at = 0; at < 400; at++) {
      rig.offer(`${at}a`, { onRefuse: () => rig.turnsTaken > 1 && expect.fail('two turns at a time') });
      rig.offer(`${at}b`);
      clock.advance(5);
      expect(rig.turnsTaken).toBeLessThanOrEqual(1);
      const before = rig.started.length;
      rig.turn();
      expect(rig.started.length - before).toBeLessThanOrEqual(2);
      expect(rig.turnsTaken).toBeLessThanOrEqual(1);
    }
  });

  it('takes in those who arrive while the loop is blocked before it starts the next', () => {
    const rig = virtualAdmission();
    rig.offer('first');
    rig.offer('second');
    // The first blocks for 5 ms; then the kernel gives one connection a turn.
    rig.turn(5);
    for (let count = 0; count < 10; count++) {
      rig.offer(`late ${count}`, { class: 'essential' });
      rig.turn();
    }
    rig.turns();
    expect(rig.order).toMatch(/^first late 0 /);
  });
});

describe('overload', () => {
  /** Work of 5 ms that blocks the loop, so many times as much as can be done. Gives what was offered. */
  function overload(rig: ReturnType<typeof virtualAdmission>, load: number, forMs: number): TestTicket[] {
    const tickets: TestTicket[] = [];
    for (let at = 0; at < forMs; at += 5) {
      for (let count = 0; count < load; count++) tickets.push(rig.offer(`${tickets.length}`));
      rig.serve(5);
      const last = rig.started.at(-1);
      if (last) rig.admission.finish(last);
    }
    return tickets;
  }

  it('starts the newest first', () => {
    const rig = virtualAdmission();
    overload(rig, 3, 1000);
    expect(rig.admission.statistics().classes.normal.overloaded).toBe(true);
    rig.offer('older');
    rig.offer('newer');
    rig.started.splice(0);
    rig.serve(5);
    rig.serve(5);
    expect(rig.order).toBe('newer older');
  });

  it('does as much as it can, soon, and refuses the rest soon', () => {
    const rig = virtualAdmission();
    const events: AdmissionEvents['overload_changed'][] = [];
    rig.admission.on('overload_changed', (event) => {
      if (event.class === 'normal') events.push(event);
    });
    overload(rig, 3, 5000);
    expect(events[0]).toMatchObject({ overloaded: true });
    const { classes, started, waitedMs } = rig.admission.statistics();
    expect(classes.normal).toMatchObject({ overloaded: true });
    expect(classes.normal.rejected.wait).toBeGreaterThan(1500);
    // What was started before it was noticed had waited for longer.
    expect(waitedMs / started).toBeLessThan(40);
    rig.turns(5);
    expect(rig.admission.statistics()).toMatchObject({
      queued: 0,
      classes: { normal: { overloaded: false } },
    });
    expect(events.at(-1)).toEqual({ class: 'normal', overloaded: false, queued: 0 });
  });

  it('leaves important work as it is while less important work is refused', () => {
    const rig = virtualAdmission();
    const essential: TestTicket[] = [];
    for (let at = 0; at < 5000; at += 5) {
      for (let count = 0; count < 3; count++) rig.offer(undefined, { class: 'background' });
      if (at % 20 === 0) essential.push(rig.offer('essential', { class: 'essential' }));
      rig.serve(5);
    }
    expect(new Set(essential.slice(0, -1).map(({ outcome }) => outcome))).toEqual(new Set(['started']));
    expect(rig.admission.statistics().classes).toMatchObject({
      essential: { overloaded: false, rejected: { wait: 0, deadline: 0, full: 0 } },
      background: { overloaded: true },
    });
  });
});

describe('deadlines', () => {
  it('refuses at once what is late when it arrives', () => {
    const rig = virtualAdmission();
    rig.clock.advance(100);
    expect(rig.offer('late', { deadlineMs: 100 }).outcome).toBe('deadline');
    expect(rig.offer('in time', { deadlineMs: 100.1 }).outcome).toBe('started');
  });

  it('refuses what would be late by the time it is its turn, and starts nothing late', () => {
    const rig = virtualAdmission();
    for (let count = 0; count < 20; count++) rig.offer();
    rig.turns(5);
    for (let count = 0; count < 12; count++) rig.offer();
    expect(rig.admission.statistics().queued).toBeGreaterThan(0);
    const soon = rig.clock.monotonic() + 1;
    expect(rig.offer('hopeless', { deadlineMs: soon }).outcome).toBe('deadline');
    const later = rig.offer('hopeful', { deadlineMs: soon + 200 });
    expect(later.outcome).toBe('waiting');
    rig.clock.advance(300);
    rig.turns();
    expect(later.outcome).toBe('deadline');
    expect(rig.admission.statistics().classes.normal.rejected).toMatchObject({ deadline: 2, full: 0 });
  });
});

describe('a full queue', () => {
  it('gives the place of the oldest of the least important to what matters more or as much', () => {
    const rig = virtualAdmission({ maxQueue: 3 });
    rig.offer('running');
    const background = rig.offer('b', { class: 'background' });
    const [older, newer] = [rig.offer('n1'), rig.offer('n2')];
    const essential = rig.offer('e1', { class: 'essential' });
    expect(background.outcome).toBe('full');
    expect(rig.offer('n3').outcome).toBe('waiting');
    expect(older.outcome).toBe('full');
    expect(rig.offer('b2', { class: 'background' }).outcome).toBe('full');
    expect([newer.outcome, essential.outcome]).toEqual(['waiting', 'waiting']);
    expect(rig.admission.statistics()).toMatchObject({ queued: 3, rejected: 3, arrived: 7 });
    rig.turns();
    expect(rig.order).toBe('running e1 n2 n3');
  });

  it('counts whoever has given up as abandoned, not as refused', () => {
    const rig = virtualAdmission({ maxQueue: 1 });
    rig.offer('running');
    const waiting = rig.offer('waiting');
    waiting.gone = true;
    expect(rig.offer('next').outcome).toBe('waiting');
    expect(rig.admission.statistics()).toMatchObject({ abandoned: 1, rejected: 0, queued: 1 });
  });
});

describe('those who have given up', () => {
  it('are skipped and counted', () => {
    const rig = virtualAdmission();
    rig.offer('running');
    const waiting = [rig.offer('a'), rig.offer('b'), rig.offer('c')];
    for (const ticket of waiting.slice(0, 2)) ticket.gone = true;
    rig.turns();
    expect(rig.order).toBe('running c');
    expect(rig.admission.statistics()).toMatchObject({ arrived: 4, started: 2, abandoned: 2, queued: 0 });
  });

  it('are not started either where there is nothing to wait for', () => {
    const rig = virtualAdmission();
    const ticket = rig.offer('running');
    expect(ticket.outcome).toBe('started');
    rig.turns();
    const other = rig.offer('other');
    other.gone = true;
    const gone = Object.assign(rig.offer('x', { deadlineMs: 0 }), { gone: true });
    rig.admission.offer(gone);
    expect(rig.order).toBe('running other');
    expect(rig.admission.statistics()).toMatchObject({ abandoned: 1 });
  });
});

describe('the limit', () => {
  it('is learnt for a bottleneck, and told', () => {
    const rig = virtualAdmission();
    const told: (number | undefined)[] = [];
    rig.admission.on('limit_changed', ({ limit }) => told.push(limit));
    const limit = learnLimit(rig);
    expect(limit).toBeGreaterThanOrEqual(3);
    expect(limit).toBeLessThanOrEqual(16);
    expect(told.at(-1)).toBe(limit);
    fill(rig);
    const waiting = rig.offer('waiting');
    rig.turns();
    expect(waiting.outcome).toBe('waiting');
    expect(rig.admission.statistics()).toMatchObject({ limit, inFlight: limit, queued: 1 });
  });

  it('starts the next when something ends', () => {
    const rig = virtualAdmission();
    learnLimit(rig);
    const [holder] = fill(rig);
    const waiting = rig.offer('waiting');
    rig.turns();
    expect(waiting.outcome).toBe('waiting');
    rig.admission.finish(holder as TestTicket);
    rig.turns();
    expect(waiting.outcome).toBe('started');
  });

  it('keeps nobody waiting for what never ends: refused in time, with nothing but a timer', () => {
    const rig = virtualAdmission();
    learnLimit(rig);
    fill(rig);
    const waiting = rig.offer('waiting');
    for (let ms = 0; ms < 1000 && waiting.outcome === 'waiting'; ms++) {
      rig.turns();
      rig.clock.advance(1);
    }
    expect(waiting.outcome).toBe('wait');
    expect(rig.clock.monotonic()).toBeGreaterThan(0);
    rig.clock.advance(1000);
    rig.turns();
    expect(rig.clock.pending).toBe(0);
  });

  it('counts hung work apart, lets others start instead, and forgets it when it ends', () => {
    const rig = virtualAdmission({ hungAfter: '10s' });
    const limit = learnLimit(rig);
    const holders = fill(rig);
    const { completed } = rig.admission.statistics();
    rig.clock.advance(10_000);
    expect(rig.admission.statistics()).toMatchObject({ hung: 0, inFlight: limit });
    rig.clock.advance(1);
    const waiting = rig.offer('waiting');
    for (let count = 0; count < 100; count++) {
      rig.turns();
      rig.clock.advance(1);
    }
    expect(waiting.outcome).toBe('started');
    expect(rig.admission.statistics()).toMatchObject({ hung: limit, inFlight: limit + 1, limit });
    for (const holder of holders) rig.admission.finish(holder);
    for (const holder of holders) rig.admission.finish(holder);
    rig.admission.finish(waiting);
    expect(rig.admission.statistics()).toMatchObject({
      hung: 0,
      inFlight: 0,
      completed: completed + limit + 1,
      limit,
    });
  });

  it('has hung work in the sums of times until it was counted apart', () => {
    const rig = virtualAdmission({ hungAfter: 1000 });
    const stream = rig.offer('stream');
    rig.clock.advance(5000);
    expect(rig.admission.statistics()).toMatchObject({ serviceMs: 5000, inFlightMs: 5000, hung: 1 });
    rig.clock.advance(60_000);
    rig.admission.finish(stream);
    expect(rig.admission.statistics()).toMatchObject({ serviceMs: 5000, inFlightMs: 5000, completed: 1 });
  });
});

describe('tickets that throw', () => {
  it('when started at once: the offer throws, and others go on', () => {
    const rig = virtualAdmission();
    const fail = () => {
      throw new Error('handler');
    };
    expect(() => rig.offer('bad', { onStart: fail })).toThrow('handler');
    expect(rig.admission.statistics()).toMatchObject({ started: 1, inFlight: 1 });
    rig.admission.finish(rig.started[0] as TestTicket);
    expect(rig.admission.statistics()).toMatchObject({ completed: 1, inFlight: 0 });
    rig.offer('next');
    rig.turns();
    expect(rig.order).toBe('bad next');
  });

  it('when started in a turn: the turn throws, and the next has been asked for', () => {
    const rig = virtualAdmission();
    rig.offer('first');
    rig.offer('bad', {
      onStart: () => {
        throw new Error('handler');
      },
    });
    rig.offer('next');
    expect(() => rig.turn()).toThrow('handler');
    rig.turns();
    expect(rig.order).toBe('first bad next');
    expect(rig.admission.statistics()).toMatchObject({ started: 3, queued: 0 });
  });

  it('when refused: an error event, and others go on', () => {
    const rig = virtualAdmission();
    const errors: unknown[] = [];
    rig.admission.on('error', (event) => errors.push(event));
    const late = rig.offer('late', {
      class: 'essential',
      deadlineMs: 0,
      onRefuse: () => {
        throw new Error('socket');
      },
    });
    expect(late.outcome).toBe('deadline');
    expect(errors).toEqual([{ error: new Error('socket'), source: 'refusal of essential work' }]);
    expect(rig.offer('next').outcome).toBe('started');
  });

  it('of no class at all are not counted', () => {
    const rig = virtualAdmission();
    const odd = Object.assign(rig.offer('odd', { deadlineMs: 0 }), { rank: 3 });
    expect(() => rig.admission.offer(odd)).toThrow("a ticket's rank must be from 0 to 2, got 3");
    expect(rig.admission.statistics().arrived).toBe(1);
  });
});

describe('run()', () => {
  it('gives what the function gives', async () => {
    const { admission } = virtualAdmission();
    expect(await admission.run(() => 7)).toBe(7);
    expect(admission.statistics()).toMatchObject({ started: 1, completed: 1, inFlight: 0 });
  });

  it('holds the slot until the promise settles', async () => {
    const { admission } = virtualAdmission();
    let resolve: (value: string) => void = () => {};
    const result = admission.run(() => new Promise<string>((done) => (resolve = done)));
    await Promise.resolve();
    expect(admission.statistics()).toMatchObject({ inFlight: 1 });
    resolve('done');
    expect(await result).toBe('done');
    expect(admission.statistics()).toMatchObject({ inFlight: 0, completed: 1 });
  });

  it.each([
    ['throws', () => Promise.reject(new Error('of the function'))],
    [
      'rejects',
      () => {
        throw new Error('of the function');
      },
    ],
  ])('frees the slot where the function %s', async (_, fn) => {
    const { admission } = virtualAdmission();
    await expect(admission.run(fn)).rejects.toThrow('of the function');
    expect(admission.statistics()).toMatchObject({ inFlight: 0, completed: 1 });
  });

  it('rejects with the reason of a signal that has fired before', async () => {
    const { admission } = virtualAdmission();
    const fn = vi.fn();
    await expect(admission.run(fn, { signal: AbortSignal.abort('never mind') })).rejects.toBe('never mind');
    expect(fn).not.toHaveBeenCalled();
    expect(admission.statistics().arrived).toBe(0);
  });

  it('rejects with the reason of a signal that fires while it waits', async () => {
    const rig = virtualAdmission();
    rig.offer('running');
    const { signal, abort } = controlled();
    const fn = vi.fn();
    const result = rig.admission.run(fn, { signal });
    abort('never mind');
    await expect(result).rejects.toBe('never mind');
    rig.turns();
    expect(fn).not.toHaveBeenCalled();
    expect(rig.admission.statistics()).toMatchObject({ abandoned: 1, queued: 0, started: 1 });
  });

  it('leaves the function alone where the signal fires after the start', async () => {
    const { admission } = virtualAdmission();
    const { signal, abort } = controlled();
    const remove = vi.spyOn(signal, 'removeEventListener');
    const result = admission.run(
      async () => {
        abort('too late');
        return 'done';
      },
      { signal },
    );
    expect(remove).toHaveBeenCalledTimes(1);
    expect(await result).toBe('done');
    expect(admission.statistics()).toMatchObject({ completed: 1, abandoned: 0 });
  });

  it('rejects with what tells why, and when to try again', async () => {
    const rig = virtualAdmission({ maxQueue: 1 });
    rig.offer('running');
    const refused = rig.admission.run(() => 1, { class: 'background' });
    rig.offer('more important');
    const error = await refused.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OverloadedError);
    expect(error).toMatchObject({
      name: 'OverloadedError',
      code: 'OVERLOADED',
      reason: 'full',
      class: 'background',
      message: 'background work was refused: the queue is full',
    });
    expect([1000, 2000, 3000]).toContain((error as OverloadedError).retryAfterMs);
  });

  it('starts nothing after its deadline', async () => {
    const rig = virtualAdmission();
    rig.offer('running');
    const fn = vi.fn();
    const late = rig.admission.run(fn, { deadline: '50ms' });
    rig.turn(50);
    rig.turns();
    await expect(late).rejects.toMatchObject({ reason: 'deadline', code: 'OVERLOADED' });
    expect(fn).not.toHaveBeenCalled();
    await expect(rig.admission.run(fn, { deadline: 0 })).rejects.toMatchObject({ reason: 'deadline' });
  });

  it.each([
    [{ class: 'vital' }, 'class'],
    [{ deadline: -1 }, 'deadline'],
    [{ deadline: 'soon' }, 'deadline'],
    [{ signal: {} }, 'signal'],
    [{ clas: 'normal' }, 'clas'],
    ['normal', 'AdmissionController.run'],
  ])('names what is wrong with %j', async (options, path) => {
    const { admission } = virtualAdmission();
    const rejected = admission.run(() => 1, options as object).catch((thrown: unknown) => thrown);
    const error = await rejected;
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as Error).message).toContain(path);
    expect(admission.statistics().arrived).toBe(0);
  });

  it('rejects what is no function before it takes a place', async () => {
    const { admission } = virtualAdmission();
    const rejected = admission.run('fn' as never);
    await expect(rejected).rejects.toThrow(ConfigurationError);
    await expect(rejected).rejects.toThrow(/fn must be a function/);
    expect(admission.statistics().arrived).toBe(0);
  });

  it('runs each function in the asynchronous context of its own caller', async () => {
    const rig = virtualAdmission();
    const storage = new AsyncLocalStorage<number>();
    const results = Array.from({ length: 10 }, (_, caller) =>
      storage.run(caller, () =>
        rig.admission.run(async () => {
          await Promise.resolve();
          return storage.getStore();
        }),
      ),
    );
    storage.run(99, () => rig.turns());
    expect(await Promise.all(results)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe('what is left', () => {
  it('is no timer and no turn once nothing waits', () => {
    const rig = virtualAdmission();
    learnLimit(rig);
    const holders = fill(rig);
    for (let count = 0; count < 100; count++) rig.offer();
    rig.turns();
    expect(rig.clock.pending).toBe(1);
    for (const holder of holders) rig.admission.finish(holder);
    for (let count = 0; count < 100; count++) {
      rig.clock.advance(100);
      rig.turns();
      for (const ticket of rig.started.splice(0)) rig.admission.finish(ticket);
    }
    expect(rig.admission.statistics()).toMatchObject({ queued: 0, inFlight: 0 });
    expect([rig.clock.pending, rig.turnsTaken]).toEqual([0, 0]);
  });

  it('is no reference from one piece of work to another', () => {
    const rig = virtualAdmission();
    const tickets = Array.from({ length: 5 }, () => rig.offer());
    rig.turns();
    for (const index of [2, 0, 4, 1, 3]) rig.admission.finish(tickets[index] as TestTicket);
    expect(tickets.map(({ earlier, later }) => [earlier, later])).toEqual(
      new Array(5).fill([undefined, undefined]),
    );
  });
});

describe('options', () => {
  it.each([
    [{ maxQueue: 0 }, /maxQueue must be .* got 0/],
    [{ maxQueue: 1.5 }, /maxQueue/],
    [{ maxQueue: 2e6 }, /maxQueue/],
    [{ hungAfter: 0 }, /hungAfter/],
    [{ hungAfter: 'long' }, /hungAfter/],
    [{ clock: Date }, /clock/],
    [{ meter: {} }, /meter/],
    [{ nextTurn: 1 }, /nextTurn/],
    [{ limit: 10 }, /limit/],
  ])('that are wrong are named: %j', (options, message) => {
    expect(() => new AdmissionController(options as object)).toThrow(ConfigurationError);
    expect(() => new AdmissionController(options as object)).toThrow(message);
  });

  it('has defaults for all of them', async () => {
    const admission = new AdmissionController();
    const results = await Promise.all(Array.from({ length: 20 }, (_, index) => admission.run(() => index)));
    expect(results).toHaveLength(20);
    expect(admission.nowMs()).toBeGreaterThan(0);
    expect(new AdmissionController({ clock: new VirtualClock() }).nowMs()).toBe(0);
  });
});

function controlled() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason: unknown) => controller.abort(reason) };
}

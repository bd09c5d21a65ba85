import {
  type AnyEvent,
  ConfigurationError,
  type Disposer,
  Emitter,
  type ErrorEvent,
  EvenkeelError,
  VirtualClock,
  type WithErrors,
} from '@evenkeel/core';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';

interface Events {
  sample: number;
  alert: { readonly name: string };
}

class Station extends Emitter<Events> {
  sample(value: number): void {
    this.emit('sample', value);
  }
  alert(name: string): void {
    this.emit('alert', { name });
  }
  fail(source: string, thrown: unknown): void {
    this.reportError(source, thrown);
  }
}

/** Gives back what the failing listeners below throw. */
const boom = new Error('boom');
const explode = (): never => {
  throw boom;
};

let station: Station;
let printed: ReturnType<typeof vi.spyOn>;

beforeEach(() => {
  station = new Station(new VirtualClock(1000));
  printed = vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => vi.restoreAllMocks());

describe('Emitter', () => {
  it('calls the listeners of an event in the order in which they were added', () => {
    const log: string[] = [];
    station.on('sample', (value) => log.push(`a${value}`));
    station.on('alert', ({ name }) => log.push(name));
    station.on('sample', (value) => log.push(`b${value}`));
    station.sample(1);
    station.alert('hot');
    expect(log).toEqual(['a1', 'b1', 'hot']);
  });

  it("shows every event to '*', after the event's own listeners, with the clock's time", () => {
    const clock = new VirtualClock(5000);
    station = new Station(clock);
    const log: unknown[] = [];
    station.on('*', (event) => log.push(event));
    station.on('sample', (value) => log.push(value));
    station.sample(7);
    clock.advance(10);
    station.alert('hot');
    station.fail('collector "x"', boom);
    expect(log).toEqual([
      7,
      { type: 'sample', data: 7, timestamp: 5000 },
      { type: 'alert', data: { name: 'hot' }, timestamp: 5010 },
      { type: 'error', data: { error: boom, source: 'collector "x"' }, timestamp: 5010 },
    ]);
    expect(printed).not.toHaveBeenCalled();
  });

  it('says whether anybody listens', () => {
    const asked = () => [
      station.hasListeners('sample'),
      station.hasListeners('alert'),
      station.hasListeners('*'),
    ];
    expect(asked()).toEqual([false, false, false]);
    const stop = station.on('sample', () => {});
    expect(asked()).toEqual([true, false, false]);
    stop();
    const stopAny = station.on('*', () => {});
    expect(asked()).toEqual([true, true, true]);
    stopAny();
    expect(asked()).toEqual([false, false, false]);
  });

  it('takes odd names of events', () => {
    class Odd extends Emitter<{ __proto__: number; constructor: number }> {
      fire(): void {
        this.emit('constructor', 1);
      }
    }
    const odd = new Odd();
    const seen = vi.fn();
    odd.fire();
    odd.on('constructor', seen);
    odd.fire();
    expect(seen).toHaveBeenCalledTimes(1);
  });

  describe('subscriptions', () => {
    it('end with the disposer, with off, and again without effect', () => {
      const listener = vi.fn();
      const stop = station.on('sample', listener);
      station.sample(1);
      stop();
      stop();
      station.off('sample', listener);
      station.off('alert', () => {});
      station.sample(2);
      station.on('sample', listener);
      station.off('sample', listener);
      station.sample(3);
      expect(listener.mock.calls).toEqual([[1]]);
    });

    it('are one for one listener of one event', () => {
      const listener = vi.fn();
      const stop = station.on('sample', listener);
      const stopToo = station.on('sample', listener);
      station.sample(1);
      expect(listener).toHaveBeenCalledTimes(1);
      stopToo();
      station.sample(2);
      expect(listener).toHaveBeenCalledTimes(1);
      stop();
    });

    it('are of their own for each event', () => {
      const seen: unknown[] = [];
      const listener = (data: unknown): void => {
        seen.push(data);
      };
      station.on('sample', listener);
      const stop = station.on('alert', listener);
      stop();
      station.sample(1);
      station.alert('hot');
      expect(seen).toEqual([1]);
    });

    it('are not ended by the disposer of an earlier one', () => {
      const listener = vi.fn();
      const stopFirst = station.on('sample', listener);
      stopFirst();
      station.on('sample', listener);
      stopFirst();
      station.sample(1);
      expect(listener).toHaveBeenCalledTimes(1);
      station.off('sample', listener);
      expect(station.hasListeners('sample')).toBe(false);
    });

    it('refuse what is no function, at once', () => {
      expect(() => station.on('sample', undefined as never)).toThrow(ConfigurationError);
      expect(() => station.once('*', 'text' as never)).toThrow('listener must be a function, got "text"');
    });
  });

  describe('once', () => {
    it('calls a listener for the next event only, also when that leads to another', () => {
      const seen: number[] = [];
      station.once('sample', (value) => {
        seen.push(value);
        station.sample(value + 1);
      });
      station.sample(1);
      station.sample(5);
      expect(seen).toEqual([1]);
      expect(station.hasListeners('sample')).toBe(false);
    });

    it('ends before the event with the disposer or off', () => {
      const listener = vi.fn();
      station.once('sample', listener)();
      station.once('sample', listener);
      station.off('sample', listener);
      station.sample(1);
      expect(listener).not.toHaveBeenCalled();
    });

    it('counts for one event in all, whatever that is, on "*"', () => {
      const seen: string[] = [];
      station.once('*', ({ type }) => seen.push(type));
      station.alert('hot');
      station.sample(1);
      expect(seen).toEqual(['alert']);
    });

    it.each(['once first', 'on first'])('gives way to on for the same listener (%s)', (order) => {
      const listener = vi.fn();
      if (order === 'once first') station.once('sample', listener);
      station.on('sample', listener);
      if (order === 'on first') station.once('sample', listener);
      station.sample(1);
      station.sample(2);
      expect(listener).toHaveBeenCalledTimes(2);
    });

    it('is spent by an event whose listener throws', () => {
      const listener = vi.fn(explode);
      station.once('sample', listener);
      station.sample(1);
      station.sample(2);
      expect(listener).toHaveBeenCalledTimes(1);
    });
  });

  describe('during delivery', () => {
    it('a listener removed by one before it is not called any more', () => {
      const log: string[] = [];
      let stopSecond: Disposer = () => {};
      station.on('sample', () => {
        log.push('first');
        stopSecond();
      });
      stopSecond = station.on('sample', () => log.push('second'));
      station.on('sample', () => log.push('third'));
      station.sample(1);
      expect(log).toEqual(['first', 'third']);
    });

    it('a listener that removes itself disturbs no other', () => {
      const log: string[] = [];
      const stop = station.on('sample', () => {
        log.push('first');
        stop();
      });
      station.on('sample', () => log.push('second'));
      station.sample(1);
      station.sample(2);
      expect(log).toEqual(['first', 'second', 'second']);
    });

    it('a listener that is added is called from the next event on', () => {
      const log: string[] = [];
      station.once('sample', () => {
        station.on('sample', (value) => log.push(`added ${value}`));
      });
      station.sample(1);
      station.sample(2);
      expect(log).toEqual(['added 2']);
    });
  });

  describe('a listener that fails', () => {
    const thenable = (then: unknown): object => Object.fromEntries([['then', then]]);
    it.each([
      ['throws', explode],
      ['rejects', () => Promise.reject(boom)],
      [
        'returns a thenable that rejects',
        () => thenable((_: unknown, fail: (error: Error) => void) => fail(boom)),
      ],
      ['returns a thenable that throws', () => thenable(explode)],
      ['returns what throws when looked at', () => Object.defineProperty({}, 'then', { get: explode })],
    ])('and %s is reported as an error event, and the others are called', async (_, listener) => {
      const errors: ErrorEvent[] = [];
      const other = vi.fn();
      station.on('error', (event) => errors.push(event));
      station.on('sample', listener);
      station.on('sample', other);
      station.sample(1);
      expect(other).toHaveBeenCalledWith(1);
      await vi.waitFor(() => expect(errors).toEqual([{ error: boom, source: 'listener of "sample"' }]));
      expect(printed).not.toHaveBeenCalled();
    });

    it('may throw what is no error', () => {
      const errors: ErrorEvent[] = [];
      station.on('error', (event) => errors.push(event));
      station.on('sample', () => {
        throw undefined;
      });
      station.sample(1);
      expect(errors).toHaveLength(1);
      expect(errors[0]?.error).toBeInstanceOf(EvenkeelError);
      expect(errors[0]?.error).toMatchObject({ code: 'THROWN_VALUE' });
    });

    it('is printed where nobody listens for errors: once, however many follow', () => {
      station.on('sample', explode);
      station.sample(1);
      station.sample(2);
      station.fail('collector "x"', new Error('another'));
      expect(printed.mock.calls).toEqual([
        ['Station: listener of "sample" failed; further errors go to \'error\' listeners only:', boom],
      ]);
      new Station().fail('another emitter', boom);
      expect(printed).toHaveBeenCalledTimes(2);
    });

    it.each([
      ['throws', explode],
      ['rejects', () => Promise.reject(boom)],
    ])("on 'error' and %s is not told of its own failure", async (_, fails) => {
      const listener = vi.fn(fails);
      const other = vi.fn();
      station.on('error', listener);
      station.on('error', other);
      station.fail('collector "x"', new Error('first'));
      await vi.waitFor(() => expect(printed).toHaveBeenCalledTimes(1));
      expect(listener).toHaveBeenCalledTimes(1);
      expect(other).toHaveBeenCalledTimes(1);
      expect(printed.mock.calls[0]).toEqual([expect.stringContaining('listener of "error" failed'), boom]);
    });

    it("on '*' is told of its failure with another event once, and no more", async () => {
      const seen: string[] = [];
      station.on('*', ({ type }) => {
        seen.push(type);
        return Promise.reject(boom);
      });
      station.sample(1);
      await vi.waitFor(() => expect(printed).toHaveBeenCalledTimes(1));
      expect(seen).toEqual(['sample', 'error']);
    });

    it("on 'error' that leads to another error does not go on for ever", () => {
      let alerts = 0;
      station.on('alert', () => {
        alerts += 1;
        explode();
      });
      station.on('error', () => station.alert('an error came'));
      station.alert('hot');
      expect(alerts).toBe(2);
      expect(printed).toHaveBeenCalledTimes(1);
      station.alert('hot again');
      expect(alerts).toBe(4);
    });
  });

  describe('types', () => {
    it("'*' receives a union that `type` tells apart", () => {
      station.on('*', (event) => {
        expectTypeOf(event.type).toEqualTypeOf<'sample' | 'alert' | 'error'>();
        expectTypeOf(event.timestamp).toEqualTypeOf<number>();
        switch (event.type) {
          case 'sample':
            expectTypeOf(event.data).toEqualTypeOf<number>();
            break;
          case 'alert':
            expectTypeOf(event.data).toEqualTypeOf<{ readonly name: string }>();
            break;
          default:
            expectTypeOf(event.data).toEqualTypeOf<ErrorEvent>();
        }
      });
      expectTypeOf<AnyEvent<{ a: 1; b?: 2 }>['type']>().toEqualTypeOf<'a' | 'b'>();
    });

    it('listeners get the data of their event; unknown events are refused', () => {
      station.on('sample', (value) => expectTypeOf(value).toEqualTypeOf<number>());
      station.once('error', (event) => expectTypeOf(event).toEqualTypeOf<ErrorEvent>());
      // @ts-expect-error there is no such event
      station.on('smaple', () => {});
      // @ts-expect-error a sample is a number
      station.on('sample', (value: string) => value);
      // @ts-expect-error emitting is the station's own business
      expectTypeOf(station.emit).toBeFunction();
    });

    it("an emitter's own `error` gives way to the one that all have", () => {
      expectTypeOf<WithErrors<{ error: string; other: 1 }>>().toExtend<{ error: ErrorEvent; other: 1 }>();
    });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MaintenanceWindow, readMaintenanceWindow } from '../../src/silences/maintenance-window.ts';
import { ZonedTime } from '../../src/silences/zoned-time.ts';

const HOUR = 3_600_000;

/** When a window is in force within a stretch of time, looked up each ten minutes. */
function stretches(window: MaintenanceWindow, from: string, days: number): string[] {
  const plan = readMaintenanceWindow(window);
  const found: string[] = [];
  let began: number | undefined;
  for (let at = Date.parse(from); at <= Date.parse(from) + days * 24 * HOUR; at += HOUR / 6) {
    const isActive = plan.isActive(at);
    if (isActive && began === undefined) began = at;
    if (!isActive && began !== undefined) {
      found.push(`${new Date(began).toISOString().slice(5, 16)} ${(at - began) / HOUR}h`);
      began = undefined;
    }
  }
  return found;
}

describe('maintenance windows', () => {
  it('happen once', () => {
    const once = {
      name: 'move',
      from: '2026-03-01T10:00:00Z',
      until: Date.parse('2026-03-01T11:30:00Z'),
    } as const;
    expect(stretches(once, '2026-02-28T00:00:00Z', 3)).toEqual(['03-01T10:00 1.5h']);
  });

  it('happen every day, over midnight', () => {
    const daily = { name: 'backup', start: '23:00', duration: '2h' } as const;
    expect(stretches(daily, '2026-03-01T12:00:00Z', 2)).toEqual(['03-01T23:00 2h', '03-02T23:00 2h']);
  });

  it('happen on days of the week, by the days of their own zone', () => {
    const weekly = {
      name: 'deploy',
      start: '01:00',
      duration: '1h',
      days: ['sunday', 'wednesday'],
      timeZone: 'Asia/Tokyo',
    } as const;
    // 2026-03-01 is a Sunday.
    expect(stretches(weekly, '2026-02-28T00:00:00Z', 9)).toEqual([
      '02-28T16:00 1h',
      '03-03T16:00 1h',
      '03-07T16:00 1h',
    ]);
  });

  it('may last longer than the days between', () => {
    const long = { name: 'long', start: '00:00', duration: '3d', days: ['monday'] } as const;
    expect(stretches(long, '2026-03-01T00:00:00Z', 12)).toEqual(['03-02T00:00 72h', '03-09T00:00 72h']);
  });

  it('keep to the clock when it is put forward and back, and to their duration', () => {
    const nightly = { name: 'n', start: '02:30', duration: '2h', timeZone: 'Europe/Berlin' } as const;
    // 02:30 does not exist on 29 March: it begins at 03:30, an hour after 02:30 would have been.
    expect(stretches(nightly, '2026-03-28T00:00:00Z', 3)).toEqual([
      '03-28T01:30 2h',
      '03-29T01:30 2h',
      '03-30T00:30 2h',
    ]);
    // 02:30 happens twice on 25 October: it begins at the first.
    expect(stretches(nightly, '2026-10-24T00:00:00Z', 3)).toEqual([
      '10-24T00:30 2h',
      '10-25T00:30 2h',
      '10-26T01:30 2h',
    ]);
  });

  it('are the same whether asked in order or at random', () => {
    const window = {
      name: 'n',
      start: '22:15',
      duration: '5h',
      days: ['friday', 'tuesday'],
      timeZone: 'America/New_York',
    } as const;
    const asked = readMaintenanceWindow(window);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 366 * 24 * 60 }), (minutes) => {
        const at = Date.UTC(2026, 0, 1) + minutes * 60_000;
        expect(asked.isActive(at)).toBe(readMaintenanceWindow(window).isActive(at));
      }),
    );
  });

  it.each([
    [undefined, 'name must be'],
    [{ name: 'x' }, 'window must be with both `from` and `until`, or with both `start` and `duration`'],
    [{ name: 'x', from: 1, duration: '1h' }, 'window must be with both'],
    [{ name: 'x', from: 2, until: 1 }, 'until must be after `from`'],
    [{ name: 'x', from: 'soon', until: 1 }, 'from must be ms since 1970'],
    [
      { name: 'x', start: '24:00', duration: '1h' },
      'start must be a time of the day such as \'02:30\', got "24:00"',
    ],
    [{ name: 'x', start: '1:00', duration: '8d' }, 'start must be a time of the day'],
    [{ name: 'x', start: '01:00', duration: '8d' }, 'duration must be'],
    [{ name: 'x', start: '01:00', duration: '1h', days: [] }, 'days must be not empty'],
    [{ name: 'x', start: '01:00', duration: '1h', days: ['mon'] }, 'days[0] must be one of "sunday"'],
    [
      { name: 'x', start: '01:00', duration: '1h', timeZone: 'Mars/Base' },
      "timeZone must be a time zone such as 'Europe/Berlin'",
    ],
  ])('refuse %j', (window, message) => {
    expect(() => readMaintenanceWindow(window as MaintenanceWindow)).toThrow(message);
  });
});

describe('ZonedTime', () => {
  it('gives an instant at which clocks show the time, wherever they do', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(
          'UTC',
          'Europe/Berlin',
          'America/New_York',
          'Asia/Kolkata',
          'Australia/Lord_Howe',
          'Pacific/Apia',
        ),
        fc.integer({ min: 0, max: 3 * 365 }),
        fc.integer({ min: 0, max: 1439 }),
        (timeZone, days, minutes) => {
          const zone = new ZonedTime(timeZone);
          const date = new Date(Date.UTC(2024, 0, 1 + days));
          const day = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
          const instant = zone.instantOf(day, minutes);
          const shown = new Intl.DateTimeFormat('en-GB', {
            timeZone,
            hour: '2-digit',
            minute: '2-digit',
          }).format(instant);
          const wanted = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
          if (shown === wanted) {
            expect(zone.dayAt(instant)).toEqual(day);
            // The first of two.
            const before = new Intl.DateTimeFormat('en-GB', {
              timeZone,
              hour: '2-digit',
              minute: '2-digit',
            }).format(instant - HOUR);
            expect(before).not.toBe(wanted);
          } else {
            // Skipped: no instant of that day shows it.
            for (
              let at = Date.UTC(2024, 0, 1 + days) - 14 * HOUR;
              at < Date.UTC(2024, 0, 2 + days) + 14 * HOUR;
              at += 60_000 * 15
            ) {
              const day2 = zone.dayAt(at);
              if (day2.day !== day.day || day2.month !== day.month) continue;
              const text = new Intl.DateTimeFormat('en-GB', {
                timeZone,
                hour: '2-digit',
                minute: '2-digit',
              }).format(at);
              expect(text).not.toBe(wanted);
            }
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

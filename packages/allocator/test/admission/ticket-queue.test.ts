import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ticket } from '../../src/admission/ticket.ts';
import { TicketQueue } from '../../src/admission/ticket-queue.ts';
import { TestTicket } from './set-up.ts';

const step = fc.oneof(
  { weight: 3, arbitrary: fc.constant('push' as const) },
  { weight: 1, arbitrary: fc.constant('takeOldest' as const) },
  { weight: 1, arbitrary: fc.constant('takeNewest' as const) },
);

describe('TicketQueue', () => {
  it('is an array with a shift that costs nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.integer({ min: 1, max: 40 })), { maxLength: 60 }), (steps) => {
        const queue = new TicketQueue();
        const model: Ticket[] = [];
        for (const [action, times] of steps) {
          for (let time = 0; time < times; time++) {
            if (action === 'push') {
              const ticket = new TestTicket(`${model.length}`);
              queue.push(ticket);
              model.push(ticket);
            } else {
              expect(queue[action]()).toBe(action === 'takeOldest' ? model.shift() : model.pop());
            }
            expect(queue.length).toBe(model.length);
            expect(queue.oldest()).toBe(model[0]);
          }
        }
        while (model.length > 0) expect(queue.takeOldest()).toBe(model.shift());
        expect(queue.takeOldest()).toBeUndefined();
      }),
    );
  });

  it('gives nothing where it is empty', () => {
    const queue = new TicketQueue();
    expect([queue.oldest(), queue.takeOldest(), queue.takeNewest(), queue.length]).toEqual([
      undefined,
      undefined,
      undefined,
      0,
    ]);
  });
});

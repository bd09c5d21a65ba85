import { expect, it } from 'vitest';
import { recordingMeter } from '../support/recording-meter.ts';
import { learnLimit, virtualAdmission } from './set-up.ts';

const none = {
  'evenkeel_allocator_admitted_total{class="essential"}': 0,
  'evenkeel_allocator_admitted_total{class="normal"}': 0,
  'evenkeel_allocator_admitted_total{class="background"}': 0,
  'evenkeel_allocator_rejected_total{class="essential",reason="wait"}': 0,
  'evenkeel_allocator_rejected_total{class="essential",reason="deadline"}': 0,
  'evenkeel_allocator_rejected_total{class="essential",reason="full"}': 0,
  'evenkeel_allocator_rejected_total{class="normal",reason="wait"}': 0,
  'evenkeel_allocator_rejected_total{class="normal",reason="deadline"}': 0,
  'evenkeel_allocator_rejected_total{class="normal",reason="full"}': 0,
  'evenkeel_allocator_rejected_total{class="background",reason="wait"}': 0,
  'evenkeel_allocator_rejected_total{class="background",reason="deadline"}': 0,
  'evenkeel_allocator_rejected_total{class="background",reason="full"}': 0,
  evenkeel_allocator_queue_wait_seconds_total: 0,
  'evenkeel_allocator_queue_length{class="essential"}': 0,
  'evenkeel_allocator_queue_length{class="normal"}': 0,
  'evenkeel_allocator_queue_length{class="background"}': 0,
  evenkeel_allocator_in_flight: 0,
  evenkeel_allocator_in_flight_hung: 0,
  evenkeel_allocator_in_flight_limit: Infinity,
};

it('exports its figures whenever they are asked for', () => {
  const recorded = recordingMeter();
  const rig = virtualAdmission({ meter: recorded.meter, maxQueue: 2, hungAfter: 1000 });
  expect(recorded.collect()).toEqual(none);
  const running = rig.offer();
  rig.offer('b', { class: 'background' });
  rig.offer('n');
  rig.offer('e', { class: 'essential' });
  rig.offer('late', { class: 'essential', deadlineMs: 0 });
  const first = {
    ...none,
    'evenkeel_allocator_admitted_total{class="normal"}': 1,
    'evenkeel_allocator_rejected_total{class="background",reason="full"}': 1,
    'evenkeel_allocator_rejected_total{class="essential",reason="deadline"}': 1,
    'evenkeel_allocator_queue_length{class="essential"}': 1,
    'evenkeel_allocator_queue_length{class="normal"}': 1,
    evenkeel_allocator_in_flight: 1,
  };
  expect(recorded.collect()).toEqual(first);
  expect(recorded.collect()).toEqual(first);
  rig.clock.advance(250);
  rig.turns();
  rig.clock.advance(1001);
  rig.admission.finish(running);
  expect(recorded.collect()).toEqual({
    ...first,
    'evenkeel_allocator_admitted_total{class="normal"}': 2,
    'evenkeel_allocator_admitted_total{class="essential"}': 1,
    evenkeel_allocator_queue_wait_seconds_total: 0.5,
    'evenkeel_allocator_queue_length{class="essential"}': 0,
    'evenkeel_allocator_queue_length{class="normal"}': 0,
    evenkeel_allocator_in_flight: 2,
    evenkeel_allocator_in_flight_hung: 2,
  });
});

it('exports the limit once there is one', () => {
  const recorded = recordingMeter();
  const rig = virtualAdmission({ meter: recorded.meter });
  const limit = learnLimit(rig);
  expect(recorded.collect()).toMatchObject({ evenkeel_allocator_in_flight_limit: limit });
});

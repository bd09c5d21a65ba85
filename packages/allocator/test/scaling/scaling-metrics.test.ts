import { expect, it } from 'vitest';
import { exportRecommendation, recommendReplicas } from '../../src/scaling/index.ts';
import { recordingMeter } from '../support/recording-meter.ts';
import { LoadScript } from './readings.ts';

it('exports the recommendation as a gauge', () => {
  const { meter, collect, refreshers } = recordingMeter();
  const script = new LoadScript().play(60, { cpu: 0.5, replicas: 2 });
  const dispose = exportRecommendation(meter, () => recommendReplicas(script.history));
  const name = 'evenkeel_allocator_replicas_recommended';
  expect(collect()).toEqual({ [`${name}{horizon="now"}`]: 2, [`${name}{horizon="forecast"}`]: 2 });
  script.play(60, { cpu: 1, replicas: 2 });
  expect(collect()).toMatchObject({ [`${name}{horizon="now"}`]: 3 });
  dispose();
  expect(refreshers.size).toBe(0);
});

import { describe, expect, it } from 'vitest';
import { statedPatienceMs } from '../../../src/node/http/request-deadline.ts';

describe('how long a client says it will wait', () => {
  it.each([
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['3S', 3000],
    ['200m', 200],
    ['1500u', 1.5],
    ['5n', 0.000_005],
    ['99999999S', 99_999_999_000],
  ])('grpc-timeout: %s', (header, ms) => {
    expect(statedPatienceMs({ 'grpc-timeout': header })).toBeCloseTo(ms, 9);
  });

  it.each([
    ['wait=10', 10_000],
    ['respond-async, wait=10', 10_000],
    ['respond-async; foo=1; wait = 3 , return=minimal', 3000],
    ['WAIT=1', 1000],
  ])('prefer: %s', (header, ms) => {
    expect(statedPatienceMs({ prefer: header })).toBe(ms);
  });

  it('x-envoy-expected-rq-timeout-ms', () => {
    expect(statedPatienceMs({ 'x-envoy-expected-rq-timeout-ms': '250' })).toBe(250);
  });

  it('the first of the three that says something', () => {
    const prefer = 'wait=10';
    expect(statedPatienceMs({ 'grpc-timeout': '1S', 'x-envoy-expected-rq-timeout-ms': '2', prefer })).toBe(
      1000,
    );
    expect(statedPatienceMs({ 'grpc-timeout': 'soon', 'x-envoy-expected-rq-timeout-ms': '2', prefer })).toBe(
      2,
    );
    expect(statedPatienceMs({ 'x-envoy-expected-rq-timeout-ms': '2s', prefer })).toBe(10_000);
  });

  it.each([
    [{ 'grpc-timeout': '' }],
    [{ 'grpc-timeout': '100' }],
    [{ 'grpc-timeout': '-1S' }],
    [{ 'grpc-timeout': '1.5S' }],
    [{ 'grpc-timeout': '123456789S' }],
    [{ 'grpc-timeout': '1d' }],
    [{ 'grpc-timeout': ['1S', '2S'] }],
    [{ 'x-envoy-expected-rq-timeout-ms': 'NaN' }],
    [{ 'x-envoy-expected-rq-timeout-ms': '1e3' }],
    [{ 'x-envoy-expected-rq-timeout-ms': '-5' }],
    [{ 'x-envoy-expected-rq-timeout-ms': '99999999999' }],
    [{ prefer: 'await=10' }],
    [{ prefer: 'wait' }],
    [{ prefer: 'wait=0' }],
    [{ prefer: 'wait=ten' }],
    [{ prefer: 'wait=1e9' }],
    [{ prefer: `${' ,'.repeat(5000)}wait` }],
    [{}],
  ])('junk is no word: %j', (headers) => {
    expect(statedPatienceMs(headers)).toBeUndefined();
  });
});

import { expect, it } from 'vitest';
import { Emitter, VirtualClock, readOptions, option, PeriodicTask, type ManagedComponent } from '@evenkeel/core';
it('works', async () => {
  class A extends Emitter<{ a: number }> { fire() { this.emit('a', 1); } start() {} async stop() {} snapshot() { return {}; } recommendations() { return []; } healthCheck() { return { score: 1, status: 'healthy' as const, metrics: {} }; } }
  const a = new A(); const m: ManagedComponent = a; void m;
  const seen: unknown[] = []; a.on('*', (e) => { if (e.type === 'a') seen.push(e.data.toFixed()); }); a.on('a', () => { throw 1; });
  a.fire();
  expect(seen).toEqual(['1']);
  expect(() => readOptions('X', { b: 1 }, { c: option.integer({ min: 1 }) })).toThrow('c must be');
  const clock = new VirtualClock(); let n = 0;
  const t = new PeriodicTask(() => n++, { intervalMs: 10, clock }); t.start(); await clock.advanceAsync(100); expect(n).toBe(10);
});

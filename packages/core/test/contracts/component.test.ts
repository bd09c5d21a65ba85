import {
  type ComponentHealth,
  Emitter,
  type ManagedComponent,
  noopEventSink,
  type Queryable,
  type Recommendation,
} from '@evenkeel/core';
import { describe, expect, expectTypeOf, it } from 'vitest';

interface PumpEvents {
  started: { readonly at: number };
  pressure: number;
}

class Pump extends Emitter<PumpEvents> implements ManagedComponent {
  start(): void {
    this.emit('started', { at: 1 });
  }
  async stop(): Promise<void> {}
  snapshot() {
    return { pressure: 3 };
  }
  recommendations(): readonly Recommendation[] {
    return [];
  }
  healthCheck(): ComponentHealth {
    return { score: 100, status: 'healthy', metrics: {} };
  }
}

describe('ManagedComponent', () => {
  it('is satisfied by an emitter, whatever its events', () => {
    const component: ManagedComponent = new Pump();
    const seen: unknown[] = [];
    const stop = component.on('*', (event) => {
      expectTypeOf(event.data).toEqualTypeOf<unknown>();
      seen.push(event);
    });
    component.start();
    stop();
    component.start();
    expect(seen).toEqual([{ type: 'started', data: { at: 1 }, timestamp: expect.any(Number) }]);
  });

  it('tells its failures', () => {
    class Leaky extends Pump {
      override start(): void {
        this.reportError('seal', new Error('leak'));
      }
    }
    const component: ManagedComponent = new Leaky();
    const seen: unknown[] = [];
    component.on('error', ({ source, error }) => seen.push([source, error.message]));
    component.start();
    expect(seen).toEqual([['seal', 'leak']]);
  });

  it('asks for all its methods', () => {
    expectTypeOf<Emitter<PumpEvents>>().not.toExtend<ManagedComponent>();
  });
});

describe('Queryable', () => {
  it('is satisfied by what pg and PGlite look like', () => {
    // biome-ignore-start lint/suspicious/noExplicitAny: as in @types/pg, whose overloads these are
    interface PgLike {
      query<R extends any[] = any[]>(config: { text: string; rowMode: 'array' }): Promise<{ rows: R[] }>;
      query<R extends { [column: string]: any } = any, I = any[]>(
        text: string | { text: string; values?: I },
        values?: I,
      ): Promise<{ rows: R[]; rowCount: number | null }>;
    }
    // biome-ignore-end lint/suspicious/noExplicitAny: as in @types/pg
    interface PgliteLike {
      query<T>(
        text: string,
        params?: unknown[],
        options?: object,
      ): Promise<{ rows: T[]; affectedRows?: number }>;
    }
    expectTypeOf<PgliteLike>().toExtend<Queryable>();
    expectTypeOf<PgLike>().toExtend<Queryable>();
  });
});

describe('noopEventSink', () => {
  it('keeps nothing', () => {
    expect(noopEventSink.record('type', { a: 1 })).toBeUndefined();
  });
});

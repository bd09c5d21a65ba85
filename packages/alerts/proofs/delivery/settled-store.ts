import type { AlertStore } from '../../src/store/alert-store.ts';

/** A real store beside virtual time, which stands still until the store has answered. */
export function settledStore(store: AlertStore): { readonly store: AlertStore; settle(): Promise<void> } {
  let calls = 0;
  const counted =
    <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      calls += 1;
      try {
        return await call(...args);
      } finally {
        calls -= 1;
      }
    };
  return {
    store: {
      load: counted(() => store.load()),
      save: counted((changes) => store.save(changes)),
      history: counted((query) => store.history(query)),
      deadLetters: counted((query) => store.deadLetters(query)),
    },
    async settle() {
      do await new Promise((resolve) => setImmediate(resolve));
      while (calls > 0);
    },
  };
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Linked, LinkedList } from '../../src/index.ts';

class Item implements Linked<Item> {
  previous: Item | undefined;
  next: Item | undefined;
}

describe('LinkedList', () => {
  it('holds what a plain list would, after any pushes, unshifts and removals', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('push', 'unshift', 'remove'), fc.nat()), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, (script) => {
        const list = new LinkedList<Item>();
        const model: Item[] = [];
        for (const [step, at] of script) {
          const item = new Item();
          if (step === 'push') {
            list.push(item);
            model.push(item);
          } else if (step === 'unshift') {
            list.unshift(item);
            model.unshift(item);
          } else {
            const [removed] = model.splice(at % Math.max(1, model.length), 1);
            if (removed) list.remove(removed);
          }
          const forwards: Item[] = [];
          for (let each = list.first; each; each = each.next) forwards.push(each);
          const backwards: Item[] = [];
          for (let each = list.last; each; each = each.previous) backwards.unshift(each);
          expect([list.size, forwards, backwards]).toEqual([model.length, model, model]);
        }
      }),
    );
  });
});

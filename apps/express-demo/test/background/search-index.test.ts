import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SearchIndex, type Suggestion } from '../../src/background/search-index.ts';

function indexOf(products: readonly Suggestion[]): SearchIndex {
  const index = new SearchIndex();
  for (const product of products) index.add(product);
  return index;
}

describe('SearchIndex', () => {
  it('suggests the eight best-rated products, those that came first before their equals', () => {
    const products = Array.from({ length: 20 }, (_, id) => ({
      id,
      name: `Oak Lamp no. ${id}`,
      rating: id % 4,
    }));
    const suggested = indexOf(products).suggest('LA');
    expect(suggested.map(({ id }) => id)).toEqual([3, 7, 11, 15, 19, 2, 6, 10]);
  });

  it('finds what looking through all names finds, whatever is typed', () => {
    const word = fc.stringMatching(/^[a-c]{1,10}$/);
    const product = fc.record({
      name: fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(' ')),
      rating: fc.integer({ min: 1, max: 5 }),
    });
    fc.assert(
      fc.property(
        fc.array(product, { maxLength: 30 }),
        fc.stringMatching(/^[a-c]{1,8}$/),
        (drafts, typed) => {
          const products = drafts.map((draft, id) => ({ id, ...draft }));
          const expected = products
            .filter(({ name }) => name.split(' ').some((each) => each.startsWith(typed)))
            .sort((a, b) => b.rating - a.rating || a.id - b.id)
            .slice(0, 8);
          expect(indexOf(products).suggest(typed)).toEqual(expected);
        },
      ),
    );
  });

  it('compares the whole of what is typed, also beyond what it keeps', () => {
    const index = indexOf([{ id: 1, name: 'Extraordinary', rating: 5 }]);
    expect(index.suggest('extraordin')).toHaveLength(1);
    expect(index.suggest('extraordix')).toEqual([]);
  });

  it('has room for 100,000 beginnings of words, and says when there were more', () => {
    const index = new SearchIndex();
    for (let id = 1; id <= 200_000 && !index.isFull; id++) index.add({ id, name: `no. ${id}`, rating: 1 });
    expect([index.isFull, index.prefixes]).toEqual([true, 100_000]);
    expect(index.suggest('1')).toHaveLength(8);
  });
});

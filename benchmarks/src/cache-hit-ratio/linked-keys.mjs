/** Keys 0 … n - 1 in linked lists, each in at most one: the oldest first. */
export class LinkedKeys {
  constructor(keys, lists) {
    this.ends = keys;
    this.next = new Int32Array(keys + lists);
    this.previous = new Int32Array(keys + lists);
    this.sizes = new Int32Array(lists);
    /* The list of each key, -1 where it is in none. */
    this.listOf = new Int8Array(keys).fill(-1);
    for (let list = 0; list < lists; list += 1)
      this.next[keys + list] = this.previous[keys + list] = keys + list;
  }

  oldest(list) {
    return this.next[this.ends + list];
  }

  append(list, key) {
    const end = this.ends + list;
    const last = this.previous[end];
    this.next[last] = key;
    this.previous[key] = last;
    this.next[key] = end;
    this.previous[end] = key;
    this.listOf[key] = list;
    this.sizes[list] += 1;
  }

  take(key) {
    this.next[this.previous[key]] = this.next[key];
    this.previous[this.next[key]] = this.previous[key];
    this.sizes[this.listOf[key]] -= 1;
    this.listOf[key] = -1;
    return key;
  }

  move(list, key) {
    this.take(key);
    this.append(list, key);
  }
}

/**
 * The least that a choice among all servers takes with a binary heap: a moving average of the latency times the requests
 * in flight, and nothing else: no decay, no charge for failures, no weights, no guard against starvation.
 */
export class BareHeap {
  #latency;
  #inFlight;
  #keys;
  #slots;
  #places;

  constructor(servers) {
    this.#latency = new Float64Array(servers).fill(10);
    this.#inFlight = new Int32Array(servers);
    this.#keys = Float64Array.from({ length: servers }, () => 10 + Math.random() / 100);
    this.#slots = Int32Array.from(this.#keys.keys()).sort((a, b) => this.#keys[a] - this.#keys[b]);
    this.#places = new Int32Array(servers);
    this.#slots.forEach((slot, place) => {
      this.#places[slot] = place;
    });
  }

  pick() {
    const slot = this.#slots[0];
    this.#inFlight[slot]++;
    this.#keys[slot] = this.#latency[slot] * (this.#inFlight[slot] + 1);
    this.#sink(slot);
    return slot;
  }

  finish(slot, latencyMs) {
    this.#latency[slot] += 0.05 * (latencyMs - this.#latency[slot]);
    this.#inFlight[slot]--;
    const before = this.#keys[slot];
    this.#keys[slot] = this.#latency[slot] * (this.#inFlight[slot] + 1);
    if (this.#keys[slot] < before) this.#rise(slot);
    else this.#sink(slot);
  }

  #rise(slot) {
    const slots = this.#slots;
    const places = this.#places;
    const keys = this.#keys;
    const key = keys[slot];
    let place = places[slot];
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = slots[above];
      if (keys[parent] <= key) break;
      slots[place] = parent;
      places[parent] = place;
      place = above;
    }
    slots[place] = slot;
    places[slot] = place;
  }

  #sink(slot) {
    const slots = this.#slots;
    const places = this.#places;
    const keys = this.#keys;
    const key = keys[slot];
    let place = places[slot];
    for (;;) {
      let below = 2 * place + 1;
      if (below >= slots.length) break;
      if (below + 1 < slots.length && keys[slots[below + 1]] < keys[slots[below]]) below++;
      const child = slots[below];
      if (keys[child] >= key) break;
      slots[place] = child;
      places[child] = place;
      place = below;
    }
    slots[place] = slot;
    places[slot] = place;
  }
}

/* Columns begin with room for this many servers, and double. */
const FIRST_ROOM = 16;

/**
 * What strategies may know of the servers, in columns by slot. A slot is a small integer: a server keeps its own from
 * `add` to `remove`, and a later server may then get it.
 *
 * The columns are replaced when they grow: read them from here at each use.
 */
export class Fleet {
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Requests under way by slot, those that wait for a connection or for the end of a body included. */
  inFlight = new Int32Array(FIRST_ROOM);
  /** Share of the traffic by slot, relative to the others'. 0: not to be chosen, or no server. */
  weight = new Float64Array(FIRST_ROOM);
  /** Every server's slot, also of those not to be chosen; in no particular order. */
  readonly members: number[] = [];
  /** The slots that may be chosen: those with a weight above 0; in random order. */
  readonly openSlots: number[] = [];
  /** The sum of all weights. */
  totalWeight = 0;
  /* Where each slot is in `openSlots`. */
  readonly #openAt: number[] = [];
  readonly #ids: (string | undefined)[] = [];
  readonly #free: number[] = [];

  constructor(random: () => number) {
    this.random = random;
  }

  /** Slots are below this. */
  get slots(): number {
    return this.#ids.length;
  }

  /** How many servers may be chosen. */
  get open(): number {
    return this.openSlots.length;
  }

  /** One of the slots that may be chosen, at random. There must be one. */
  anyOpenSlot(): number {
    return this.openSlots[Math.floor(this.random() * this.openSlots.length)] as number;
  }

  /** The id of the server in a slot. */
  idOf(slot: number): string {
    const id = this.#ids[slot];
    if (id === undefined) throw new RangeError(`there is no server in slot ${slot}`);
    return id;
  }

  /** Gives the server a slot; its weight is 0 yet. */
  add(id: string): number {
    const slot = this.#free.pop() ?? this.#ids.length;
    this.#ids[slot] = id;
    this.members.push(slot);
    if (slot >= this.weight.length) this.#grow();
    return slot;
  }

  /** The weight must be 0 and nothing in flight. */
  remove(slot: number): void {
    this.#ids[slot] = undefined;
    this.members.splice(this.members.indexOf(slot), 1);
    this.#free.push(slot);
  }

  /** Says whether it was another. */
  setWeight(slot: number, weight: number): boolean {
    const before = this.weight[slot] ?? 0;
    if (before === weight) return false;
    this.weight[slot] = weight;
    if (before === 0) this.#opened(slot);
    else if (weight === 0) this.#closed(slot);
    // Rounding errors end with the last open server.
    this.totalWeight = this.open === 0 ? 0 : this.totalWeight + weight - before;
    return true;
  }

  /* At a random place: who goes through them in turn must not do so in the same order everywhere. */
  #opened(slot: number): void {
    const at = Math.floor(this.random() * (this.openSlots.length + 1));
    const displaced = this.openSlots[at] ?? slot;
    this.#openAt[displaced] = this.openSlots.length;
    this.openSlots.push(displaced);
    this.#openAt[slot] = at;
    this.openSlots[at] = slot;
  }

  #closed(slot: number): void {
    const last = this.openSlots.pop();
    if (last === undefined || last === slot) return;
    const at = this.#openAt[slot] as number;
    this.openSlots[at] = last;
    this.#openAt[last] = at;
  }

  #grow(): void {
    const inFlight = new Int32Array(2 * this.inFlight.length);
    inFlight.set(this.inFlight);
    this.inFlight = inFlight;
    const weight = new Float64Array(2 * this.weight.length);
    weight.set(this.weight);
    this.weight = weight;
  }
}

/** What is due, by time and then by the order of adding: a binary heap without an object per event. */
export class EventQueue {
  #times = new Float64Array(1024);
  #orders = new Float64Array(1024);
  #kinds = new Uint8Array(1024);
  #subjects = new Int32Array(1024);
  #size = 0;
  #added = 0;

  /** Of the event taken last. */
  time = 0;
  kind = 0;
  subject = 0;

  add(time: number, kind: number, subject: number): void {
    if (this.#size === this.#times.length) this.#grow();
    let place = this.#size;
    this.#size += 1;
    const order = this.#added;
    this.#added += 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const parentTime = this.#times[parent] as number;
      if (parentTime <= time) break;
      this.#move(parent, place);
      place = parent;
    }
    this.#put(place, time, order, kind, subject);
  }

  /** Takes the first event; false where there is none. */
  take(): boolean {
    if (this.#size === 0) return false;
    this.time = this.#times[0] as number;
    this.kind = this.#kinds[0] as number;
    this.subject = this.#subjects[0] as number;
    this.#size -= 1;
    const last = this.#size;
    const time = this.#times[last] as number;
    const order = this.#orders[last] as number;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= last) break;
      if (child + 1 < last && this.#isBefore(child + 1, child)) child += 1;
      const childTime = this.#times[child] as number;
      if (childTime > time || (childTime === time && (this.#orders[child] as number) > order)) break;
      this.#move(child, place);
      place = child;
    }
    this.#put(place, time, order, this.#kinds[last] as number, this.#subjects[last] as number);
    return true;
  }

  #isBefore(a: number, b: number): boolean {
    const [timeA, timeB] = [this.#times[a] as number, this.#times[b] as number];
    return timeA < timeB || (timeA === timeB && (this.#orders[a] as number) < (this.#orders[b] as number));
  }

  #move(from: number, to: number): void {
    this.#put(
      to,
      this.#times[from] as number,
      this.#orders[from] as number,
      this.#kinds[from] as number,
      this.#subjects[from] as number,
    );
  }

  #put(place: number, time: number, order: number, kind: number, subject: number): void {
    this.#times[place] = time;
    this.#orders[place] = order;
    this.#kinds[place] = kind;
    this.#subjects[place] = subject;
  }

  #grow(): void {
    const copy = <Column extends Float64Array | Uint8Array | Int32Array>(
      to: Column,
      from: Column,
    ): Column => {
      to.set(from);
      return to;
    };
    const length = 2 * this.#times.length;
    this.#times = copy(new Float64Array(length), this.#times);
    this.#orders = copy(new Float64Array(length), this.#orders);
    this.#kinds = copy(new Uint8Array(length), this.#kinds);
    this.#subjects = copy(new Int32Array(length), this.#subjects);
  }
}

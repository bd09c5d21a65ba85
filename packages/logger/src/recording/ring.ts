import type { Disposer } from '@evenkeel/core';

/* A field is a cell; more than this in one record is a document, and belongs into free-form data. */
export const MAX_FIELDS = 32;

/* Cells by record: what events have on average. Where they have more, fewer records are held. */
const NUMBERS_PER_RECORD = 4;
const REFERENCES_PER_RECORD = 2;

/* Records are let go of by the segment, which costs next to nothing for each of them. */
const SEGMENTS = 64;

/** How many cells the records of a shape take. */
export interface Cells {
  readonly numbers: number;
  readonly references: number;
}

/** Points at a record: its number, counted from the ring's first, 0, and its first cells. */
export interface Cursor {
  sequence: number;
  number: number;
  reference: number;
}

/** Where a segment begins: all that was there before. */
interface Segment extends Readonly<Cursor> {
  readonly weight: number;
}

interface Alarm {
  readonly next: number;
  readonly callback: () => void;
}

/**
 * The last records, in columns: what is written first is let go of first, when there is no room for more records, for
 * more cells, or for more of what the cells refer to.
 *
 * Whoever writes puts the fields into the cells at the heads, of which there are always {@link MAX_FIELDS} free, and
 * then commits. Nothing is in the ring before that.
 */
export class Ring<Shape extends Cells> {
  readonly numbers: Float64Array;
  readonly references: unknown[];
  readonly numberMask: number;
  readonly referenceMask: number;
  readonly #times: Float64Array;
  readonly #shapeIds: Uint16Array;
  readonly #mask: number;
  readonly #maxWeight: number;
  readonly #shapes: Shape[] = [];
  readonly #alarms = new Set<Alarm>();
  #alarmAt = Number.POSITIVE_INFINITY;
  /* All that was ever written: the next record, its first cells, and what all before it weigh. */
  #next = 0;
  #number = 0;
  #reference = 0;
  #weight = 0;
  /* The oldest first; the last one is being written. */
  readonly #segments: Segment[] = [];
  #first: Segment = { sequence: 0, number: 0, reference: 0, weight: 0 };
  /* Where the next segment begins. */
  #endSequence = 0;
  #endNumber = 0;
  #endReference = 0;
  #endWeight = 0;

  /**
   * @param capacity how many records; a power of two of at least 128
   * @param maxWeight of all that the reference cells hold
   */
  constructor(capacity: number, maxWeight: number) {
    this.#times = new Float64Array(capacity);
    this.#shapeIds = new Uint16Array(capacity);
    this.numbers = new Float64Array(capacity * NUMBERS_PER_RECORD);
    this.references = new Array(capacity * REFERENCES_PER_RECORD).fill(undefined);
    this.#mask = capacity - 1;
    this.numberMask = this.numbers.length - 1;
    this.referenceMask = this.references.length - 1;
    this.#maxWeight = maxWeight;
    this.#beginSegment();
  }

  /** The number of the record to come. */
  get next(): number {
    return this.#next;
  }

  /** The number of the oldest record that is there. */
  get oldest(): number {
    return this.#first.sequence;
  }

  /** Of what the reference cells hold. */
  get weight(): number {
    return this.#weight - this.#first.weight;
  }

  /** The cells to write to, with the masks: they count up for ever. */
  get number(): number {
    return this.#number;
  }

  get reference(): number {
    return this.#reference;
  }

  /** The number that records of the shape are committed with. */
  register(shape: Shape): number {
    return this.#shapes.push(shape) - 1;
  }

  /** Takes in what is in the cells at the heads. */
  commit(shapeId: number, time: number, numbers: number, references: number, weight: number): void {
    const slot = this.#next & this.#mask;
    this.#times[slot] = time;
    this.#shapeIds[slot] = shapeId;
    this.#next += 1;
    this.#number += numbers;
    this.#reference += references;
    this.#weight += weight;
    if (
      this.#next >= this.#endSequence ||
      this.#number >= this.#endNumber ||
      this.#reference >= this.#endReference ||
      this.#weight >= this.#endWeight
    ) {
      this.#beginSegment();
    }
    if (this.#next >= this.#alarmAt) this.#ringAlarms();
  }

  /** Calls `callback` once, from within the commit after which the number of the record to come is `next` or more. */
  alarm(next: number, callback: () => void): Disposer {
    const alarm: Alarm = { next, callback };
    this.#alarms.add(alarm);
    this.#alarmAt = Math.min(this.#alarmAt, next);
    return () => {
      this.#alarms.delete(alarm);
    };
  }

  /** Moves to the oldest record that is still there. */
  rewind(cursor: Cursor): void {
    const { sequence, number, reference } = this.#first;
    cursor.sequence = sequence;
    cursor.number = number;
    cursor.reference = reference;
  }

  /** Moves to the record after the one that is pointed at, which must be there. */
  advance(cursor: Cursor): void {
    const { numbers, references } = this.shapeAt(cursor.sequence);
    cursor.sequence += 1;
    cursor.number += numbers;
    cursor.reference += references;
  }

  /** The number must be that of a record that is there. */
  shapeAt(sequence: number): Shape {
    const shape = this.#shapes[this.#shapeIds[sequence & this.#mask] ?? 0];
    if (shape === undefined) throw new RangeError(`there is no record ${sequence}`);
    return shape;
  }

  timeAt(sequence: number): number {
    return this.#times[sequence & this.#mask] ?? Number.NaN;
  }

  /** Makes room for the segment and one record more. */
  #beginSegment(): void {
    const capacity = this.#mask + 1;
    this.#segments.push({
      sequence: this.#next,
      number: this.#number,
      reference: this.#reference,
      weight: this.#weight,
    });
    this.#endSequence = this.#next + capacity / SEGMENTS;
    this.#endNumber = this.#number + this.numbers.length / SEGMENTS;
    this.#endReference = this.#reference + this.references.length / SEGMENTS;
    this.#endWeight = this.#weight + this.#maxWeight / SEGMENTS;
    while (this.#segments.length > 1 && this.#isOverfull()) this.#letGo();
  }

  /** Whether what is held leaves no room for the segment and the rest of the record that ends it. */
  #isOverfull(): boolean {
    const { sequence, number, reference, weight } = this.#segments[0] ?? this.#first;
    return (
      this.#endSequence - sequence > this.#mask + 1 ||
      this.#endNumber + 2 * MAX_FIELDS - number > this.numbers.length ||
      this.#endReference + 2 * MAX_FIELDS - reference > this.references.length ||
      this.#endWeight - weight > this.#maxWeight
    );
  }

  /** Lets go of the oldest segment. */
  #letGo(): void {
    const gone = this.#segments.shift() ?? this.#first;
    this.#first = this.#segments[0] ?? this.#first;
    for (let cell = gone.reference; cell < this.#first.reference; cell++) {
      this.references[cell & this.referenceMask] = undefined;
    }
  }

  #ringAlarms(): void {
    const due = [...this.#alarms].filter(({ next }) => next <= this.#next);
    for (const alarm of due) this.#alarms.delete(alarm);
    this.#alarmAt = Math.min(...Array.from(this.#alarms, ({ next }) => next));
    for (const { callback } of due) callback();
  }
}

import type { AlertState, Labels, TrackedAlert } from '../alert-state.ts';
import type { AlertChange } from '../delivery/change.ts';
import type { AlertDraft } from './alert-draft.ts';
import { FlapRecord } from './flap-record.ts';
import type { FlapSettings } from './flap-score.ts';
import type { Timeline } from './timeline.ts';

/** What the book tells of its alerts. */
export interface AlertBookListener {
  /** To be told to people, and kept. */
  changed(change: AlertChange): void;
  /** To be kept over a restart, no more. */
  kept(alert: TrackedAlert): void;
  /** What has happened to an alert. Called last: it may call the book again. */
  happened(
    what: 'pending' | 'fired' | 'updated' | 'resolved' | 'flapping' | 'acknowledged',
    alert: TrackedAlert,
  ): void;
}

export interface AlertBookOptions {
  readonly timeline: Timeline;
  readonly maxAlerts: number;
  /** `undefined`: nothing counts as flapping. */
  readonly flapping: FlapSettings | undefined;
  /** After which an alert that no rule has raised, and nobody again, is resolved. In ms. */
  readonly resolveAfterMs: number;
  /** What keeps an alert from being told at present. */
  readonly silencedBy: (alert: {
    readonly name: string;
    readonly severity: string;
    readonly labels: Labels;
  }) => readonly string[];
  readonly listener: AlertBookListener;
}

/** How an alert is raised. */
export interface Raising {
  readonly state: 'pending' | 'firing';
  readonly rule?: string;
  /** The same as before, looked at again: not counted. */
  readonly isRepeat?: boolean;
}

interface Entry {
  alert: TrackedAlert;
  /** It is flapping, and its condition does not hold at present. */
  isOver: boolean;
  /** As it was last told to people; `undefined` where they do not know of it. */
  told: { readonly at: number; readonly message: string } | undefined;
  /** When it was last raised. The engine's time. */
  raisedAt: number;
}

/* A message about other numbers every few seconds is no news; one that is hours old is wrong. */
const UPDATE_MS = 60_000;

/**
 * All alerts that are not over, each by its id; tells what becomes of them. A flapping alert counts as firing until
 * it has calmed down.
 */
export class AlertBook {
  readonly #options: AlertBookOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #flaps: FlapRecord | undefined;
  #refused = 0;

  constructor(options: AlertBookOptions) {
    this.#options = options;
    this.#flaps = options.flapping && new FlapRecord(options.flapping, options.maxAlerts);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Alerts that found no place. */
  get refused(): number {
    return this.#refused;
  }

  get(id: string): TrackedAlert | undefined {
    return this.#entries.get(id)?.alert;
  }

  list(): readonly TrackedAlert[] {
    return [...this.#entries.values()].map(({ alert }) => alert);
  }

  /** Says whether there was a place for it. One that is there already needs none, nor does one that `hasPlace`. */
  raise(draft: AlertDraft, raising: Raising, hasPlace = false): boolean {
    const entry = this.#entries.get(draft.id);
    if (entry) {
      this.#raiseAgain(entry, draft, raising);
      return true;
    }
    if (this.#entries.size >= this.#options.maxAlerts && !hasPlace) {
      if (!raising.isRepeat) this.#refused += 1;
      return false;
    }
    this.#add(draft, raising);
    return true;
  }

  /** Says whether there was such an alert. */
  resolve(id: string): boolean {
    const entry = this.#entries.get(id);
    if (!entry || entry.isOver) return false;
    if (entry.alert.state === 'pending') {
      this.#remove(entry);
      this.#options.listener.kept(entry.alert);
      return true;
    }
    this.#flaps?.change(id, this.#options.timeline.now());
    if (entry.alert.isFlapping) entry.isOver = true;
    else this.#end(entry);
    return true;
  }

  /** Says whether there was such an alert. */
  acknowledge(id: string, by: string): boolean {
    const entry = this.#entries.get(id);
    if (!entry) return false;
    this.#change(entry, { acknowledgedBy: by });
    if (entry.alert.state === 'firing') this.#tell(entry, 'updated');
    else this.#options.listener.kept(entry.alert);
    this.#options.listener.happened('acknowledged', entry.alert);
    return true;
  }

  /** Goes on with an alert of before a restart. */
  restore(stored: TrackedAlert): void {
    const entry = this.#entries.get(stored.id);
    const now = this.#options.timeline.now();
    const told = stored.told && { at: now, message: stored.message };
    if (!entry) {
      const restored: Entry = { alert: stored, isOver: false, told, raisedAt: now };
      this.#entries.set(stored.id, restored);
      this.#change(restored, { silencedBy: this.#options.silencedBy(stored) });
      if (stored.state === 'firing' && !told) this.#tell(restored, 'fired');
      return;
    }
    // Raised again before the store had answered: one life, not two.
    const { since, firedAt, acknowledgedBy } = stored;
    this.#change(entry, {
      since,
      ...(firedAt !== undefined && { firedAt }),
      ...(acknowledgedBy !== undefined && { acknowledgedBy }),
      count: stored.count + entry.alert.count,
    });
    entry.told ??= told;
  }

  /** What time does: flapping alerts calm down, forgotten ones are resolved, others are told with their new values. */
  refresh(): void {
    const now = this.#options.timeline.now();
    for (const entry of this.#entries.values()) {
      if (this.#flaps?.calm(entry.alert.id, now)) this.#calm(entry);
      if (entry.alert.state !== 'firing' || entry.isOver) continue;
      if (entry.alert.rule === undefined && now - entry.raisedAt >= this.#options.resolveAfterMs) {
        this.resolve(entry.alert.id);
      } else if (
        entry.told &&
        now - entry.told.at >= UPDATE_MS &&
        entry.alert.message !== entry.told.message
      ) {
        this.#tell(entry, 'updated');
      }
    }
    this.#flaps?.forget(now);
  }

  /** Silences and maintenance windows have changed. */
  reviewSilences(): void {
    for (const entry of this.#entries.values()) {
      const silencedBy = this.#options.silencedBy(entry.alert);
      if (silencedBy.join() === entry.alert.silencedBy.join()) continue;
      this.#change(entry, { silencedBy });
      if (entry.alert.state === 'firing') this.#tell(entry, entry.told ? 'updated' : 'fired');
      else this.#options.listener.kept(entry.alert);
    }
  }

  #add(draft: AlertDraft, { state, rule }: Raising): void {
    const wallNow = this.#options.timeline.wallNow();
    const entry: Entry = {
      alert: {
        ...draft,
        state: 'pending',
        updatedAt: wallNow,
        count: 1,
        isFlapping: false,
        silencedBy: this.#options.silencedBy(draft),
        ...(rule !== undefined && { rule }),
      },
      isOver: false,
      told: undefined,
      raisedAt: this.#options.timeline.now(),
    };
    this.#entries.set(draft.id, entry);
    if (state === 'firing') {
      this.#fire(entry);
      return;
    }
    this.#options.listener.kept(entry.alert);
    this.#options.listener.happened('pending', entry.alert);
  }

  #raiseAgain(entry: Entry, draft: AlertDraft, { state, isRepeat = false }: Raising): void {
    const before = entry.alert;
    const { since: _, ...latest } = draft;
    // What the draft leaves out is no longer so.
    const { value: _value, threshold: _threshold, evidence: _evidence, ...rest } = before;
    entry.raisedAt = this.#options.timeline.now();
    entry.alert = { ...rest, ...latest, updatedAt: this.#options.timeline.wallNow() };
    if (!isRepeat) this.#change(entry, { count: before.count + 1 });
    if (draft.severity !== before.severity)
      this.#change(entry, { silencedBy: this.#options.silencedBy(draft) });
    if (entry.isOver && state === 'firing') {
      entry.isOver = false;
      this.#flaps?.change(draft.id, entry.raisedAt);
    } else if (before.state === 'pending' && state === 'firing') {
      this.#fire(entry);
    } else if (before.state === 'firing' && draft.severity !== before.severity) {
      this.#tell(entry, entry.told || entry.alert.silencedBy.length > 0 ? 'updated' : 'fired');
    }
  }

  #fire(entry: Entry): void {
    const { timeline, listener } = this.#options;
    const begins = this.#flaps?.fire(entry.alert.id, timeline.now()) ?? false;
    this.#change(entry, { state: 'firing', firedAt: timeline.wallNow() });
    this.#tell(entry, 'fired');
    // From here on nothing is told: people last heard that it fires.
    if (begins) {
      this.#change(entry, { isFlapping: true });
      this.#tell(entry, 'updated');
    }
    listener.happened('fired', entry.alert);
    if (begins) listener.happened('flapping', entry.alert);
  }

  #calm(entry: Entry): void {
    this.#change(entry, { isFlapping: false });
    if (entry.isOver) this.#end(entry);
    else this.#tell(entry, 'updated');
  }

  /** It has fired and is over. */
  #end(entry: Entry): void {
    this.#remove(entry);
    this.#options.listener.changed({ kind: 'resolved', alert: entry.alert });
    this.#options.listener.happened('resolved', entry.alert);
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry.alert.id);
    this.#change(entry, { state: 'resolved', resolvedAt: this.#options.timeline.wallNow() });
  }

  #tell(entry: Entry, kind: 'fired' | 'updated'): void {
    const { alert } = entry;
    if (alert.silencedBy.length === 0)
      entry.told = { at: this.#options.timeline.now(), message: alert.message };
    this.#options.listener.changed({ kind, alert });
    if (kind === 'updated') this.#options.listener.happened('updated', alert);
  }

  #change(entry: Entry, change: Partial<TrackedAlert> & { readonly state?: AlertState }): void {
    entry.alert = { ...entry.alert, ...change, updatedAt: this.#options.timeline.wallNow() };
  }
}

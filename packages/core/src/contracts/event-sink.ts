/** Takes what happens, to be kept or sent on: `@evenkeel/logger` is one. It never blocks and never throws. */
export interface EventSink {
  record(type: string, data: Readonly<Record<string, unknown>>): void;
}

/** Keeps nothing. */
export const noopEventSink: EventSink = { record() {} };

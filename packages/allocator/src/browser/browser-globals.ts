/**
 * What of a browser the sensors look for, all of it optional: it is there in some browsers, in others not, and
 * not at all where a page is rendered on a server.
 */
export interface BrowserGlobals {
  readonly document?: { readonly visibilityState?: string };
  readonly performance?: { readonly memory?: PageMemory };
  readonly PressureObserver?: PressureObserverConstructor;
  readonly PerformanceObserver?: FrameObserverConstructor;
}

/** @see https://developer.mozilla.org/docs/Web/API/Performance/memory */
export interface PageMemory {
  readonly usedJSHeapSize: number;
  readonly jsHeapSizeLimit: number;
}

/** @see https://www.w3.org/TR/compute-pressure/ */
export type PressureObserverConstructor = new (
  callback: (records: readonly { readonly state: string }[]) => void,
) => {
  observe(source: 'cpu', options: { readonly sampleInterval: number }): Promise<void>;
  disconnect(): void;
};

interface FrameObserverConstructor {
  new (callback: (list: { getEntries(): readonly FrameEntry[] }) => void): FrameObserver;
  readonly supportedEntryTypes?: readonly string[];
}

export interface FrameObserver {
  observe(options: { readonly type: string }): void;
  takeRecords(): readonly FrameEntry[];
  disconnect(): void;
}

/** A long animation frame, or a long task. */
export interface FrameEntry {
  readonly duration: number;
  /** Of a long animation frame: its time beyond the first 50 ms of a task. */
  readonly blockingDuration?: number;
}

/** Looked up at each use: what a test or a polyfill puts in place later is found. */
export function browserGlobals(): BrowserGlobals {
  // The types of Node and of the DOM disagree about these names, and each claims that what it has is always there.
  return globalThis as unknown as BrowserGlobals;
}

export function isPageHidden(): boolean {
  return browserGlobals().document?.visibilityState === 'hidden';
}

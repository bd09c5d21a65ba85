import { ConfigurationError, option, readOptions } from '@evenkeel/core';

export const CPU_PRIORITIES = ['low', 'medium', 'high'] as const;
export const MEMORY_FOOTPRINTS = ['large', 'medium', 'small'] as const;

export type CpuPriority = (typeof CPU_PRIORITIES)[number];
export type MemoryFootprint = (typeof MEMORY_FOOTPRINTS)[number];

/** What a callback is told. */
export interface ActionRequest {
  /** The resource under pressure; `undefined` where the application asked. */
  readonly resource: string | undefined;
  /** In plain words. */
  readonly reason: string;
  /** Fires when the callback is not waited for any longer: its time is up, or the component is gone. */
  readonly signal: AbortSignal;
}

export interface ReduceRequest extends ActionRequest {
  /** The part of its usual work that the component is to do, above 0; 1 is all of it. */
  readonly share: number;
}

/** What a component is, and how it is acted upon. */
export interface ComponentOptions {
  /** Those of low priority give way first. @defaultValue 'medium' */
  readonly cpuPriority?: CpuPriority | undefined;
  /** Of equal priority, those with a large one give way first. @defaultValue 'medium' */
  readonly memoryFootprint?: MemoryFootprint | undefined;
  /** Essential components are reduced at most, after all others, and never paused. @defaultValue false */
  readonly isEssential?: boolean | undefined;
  /** Stops its work until it is resumed; needs `resumeCallback`. @defaultValue it cannot be paused */
  readonly pauseCallback?: ((request: ActionRequest) => unknown) | undefined;
  /** Takes up all of its work again, after a pause or a reduction. */
  readonly resumeCallback?: ((request: ActionRequest) => unknown) | undefined;
  /**
   * Does a share of its work. Called again whenever the share changes, up or down; where there is no
   * `resumeCallback`, with a share of 1 at the end. @defaultValue it cannot be reduced
   */
  readonly reduceResourcesCallback?: ((request: ReduceRequest) => unknown) | undefined;
}

/** {@link ComponentOptions}, read. */
export interface ComponentTraits {
  readonly cpuPriority: CpuPriority;
  readonly memoryFootprint: MemoryFootprint;
  readonly isEssential: boolean;
  readonly pauseCallback: ((request: ActionRequest) => unknown) | undefined;
  readonly resumeCallback: ((request: ActionRequest) => unknown) | undefined;
  readonly reduceResourcesCallback: ((request: ReduceRequest) => unknown) | undefined;
}

/** @throws ConfigurationError, also for a component that could be paused and not be resumed */
export function readComponentOptions(owner: string, options: ComponentOptions): ComponentTraits {
  const traits = readOptions<ComponentTraits>(owner, options, {
    cpuPriority: option.oneOf(CPU_PRIORITIES).default('medium'),
    memoryFootprint: option.oneOf(MEMORY_FOOTPRINTS).default('medium'),
    isEssential: option.boolean().default(false),
    pauseCallback: option.callback<(request: ActionRequest) => unknown>().optional(),
    resumeCallback: option.callback<(request: ActionRequest) => unknown>().optional(),
    reduceResourcesCallback: option.callback<(request: ReduceRequest) => unknown>().optional(),
  });
  if (traits.pauseCallback && !traits.resumeCallback) {
    const expected = 'a function where there is a pauseCallback: what is paused has to be resumed';
    throw new ConfigurationError(owner, [{ path: 'resumeCallback', value: undefined, expected }]);
  }
  return traits;
}

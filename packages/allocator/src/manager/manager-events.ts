import type { ActionName, PausedBy } from '../components/allocation-state.ts';
import type { ResourceMode } from '../modes.ts';
import type { PressureLevel } from '../pressure/pressure-level.ts';

/** How full a resource is, in words. */
export type KnownOrNot = PressureLevel | 'unknown';

interface ComponentEvent {
  readonly id: string;
  /** In plain words. */
  readonly reason: string;
}

export interface ResourceManagerEvents {
  'resource-manager:mode-changed': { readonly from: ResourceMode; readonly to: ResourceMode };
  /** The level of a resource has changed, or whether it is known. */
  'resource-manager:pressure': {
    readonly resource: string;
    readonly from: KnownOrNot;
    readonly to: KnownOrNot;
    /** `undefined` where it is unknown. */
    readonly utilization: number | undefined;
    readonly evidence: Readonly<Record<string, number | string>>;
  };
  'resource-manager:component-paused': ComponentEvent & { readonly by: PausedBy };
  /** It does all of its work again. */
  'resource-manager:component-resumed': ComponentEvent;
  /** Its share has changed: less than before, or more, or again some after a pause. */
  'resource-manager:component-reduced': ComponentEvent & { readonly share: number };
  /** A callback failed or took too long. Emitted after each attempt. */
  'resource-manager:component-unresponsive': ComponentEvent & {
    readonly during: ActionName;
    readonly error: string;
    readonly attempts: number;
    /** Wall time of the next attempt, in ms since 1970; `undefined` while the manager is stopped. */
    readonly retryAt: number | undefined;
  };
}

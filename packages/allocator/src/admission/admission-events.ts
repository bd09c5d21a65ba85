import type { RequestClass } from './request-class.ts';

export interface AdmissionEvents {
  /** Work of a class has begun, or ceased, to come in faster than it can be done. */
  overload_changed: {
    readonly class: RequestClass;
    readonly overloaded: boolean;
    /** Work of this and more important classes that waits. */
    readonly queued: number;
  };
  /** The learned limit on work in flight; `undefined` where there is none. */
  limit_changed: { readonly limit: number | undefined };
}

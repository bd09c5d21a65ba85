/**
 * How much a piece of work matters when not all can be done: more important classes are always started first,
 * and less important ones shed first.
 */
export type RequestClass = (typeof REQUEST_CLASSES)[number];

/** From the most important to the least. */
export const REQUEST_CLASSES = ['essential', 'normal', 'background'] as const;

/** Why work was not started. */
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/**
 * - `wait`: it has waited for as long as is worth while.
 * - `deadline`: its own deadline would have passed before it was done.
 * - `full`: the queue is full.
 */
export const REFUSAL_REASONS = ['wait', 'deadline', 'full'] as const;

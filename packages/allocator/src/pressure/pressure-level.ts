/** How full a resource is, in the words of the Compute Pressure API. */
export type PressureLevel = (typeof PRESSURE_LEVELS)[number];

/** From least to most. */
export const PRESSURE_LEVELS = ['nominal', 'fair', 'serious', 'critical'] as const;

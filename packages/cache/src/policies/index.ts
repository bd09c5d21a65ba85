export { createPolicy, STRATEGIES, type Strategy } from './create-policy.ts';
export { type EvictionPolicy, MAX_REUSE, WATCHED } from './policy.ts';
export type { Expiring } from './ttl.ts';

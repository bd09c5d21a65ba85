export { loadShedding, type SheddingSystem } from './load-shedding.ts';
export { type PerformanceMiddlewareOptions, performanceMiddleware } from './performance-middleware.ts';
export { type PerformanceRouterOptions, performanceRouter, type ServedSystem } from './performance-router.ts';
export { type MeasuredSystem, type Outcome, OVERFLOW_ROUTE, UNMATCHED_ROUTE } from './request-recorder.ts';

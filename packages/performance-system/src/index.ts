export type { ExportFormat } from '@evenkeel/metrics-exporter';
export type { ComponentName, Components } from './components/table.ts';
export * from './configuration/index.ts';
export type {
  ComponentView,
  DashboardSummary,
  PerformanceDashboard,
  RecommendationView,
} from './dashboard/dashboard.ts';
export type { ScorePart } from './dashboard/score.ts';
export type { PerformanceSystemHost } from './host.ts';
export { PerformanceSystem, PerformanceSystem as default } from './performance-system.ts';
export type { SystemEvents } from './system-events.ts';

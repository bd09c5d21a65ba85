export {
  type MaintenanceResult,
  PostgresHistory,
  type PostgresHistoryEvents,
  type PostgresHistoryStats,
  postgresHistory,
} from './postgres-history.ts';
export type { PostgresHistoryOptions } from './postgres-history-options.ts';

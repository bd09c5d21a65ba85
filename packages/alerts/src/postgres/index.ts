export { PostgresAlertStore, type PostgresAlertStoreOptions } from './postgres-alert-store.ts';

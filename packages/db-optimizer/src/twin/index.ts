export { StatementError } from './embedded/statement-error.ts';
export { TwinError, type TwinErrorCode } from './embedded/twin-error.ts';
export { type OpenTwin, type StatisticsTwinOptions, statisticsTwin } from './statistics-twin.ts';
export { TwinWhatIf } from './twin-what-if.ts';

export { BYTES_FORMAT, type ByteSize, formatBytes, parseBytes, readBytes } from './bytes.ts';
export { DURATION_FORMAT, type Duration, formatDuration, parseDuration, readDuration } from './duration.ts';

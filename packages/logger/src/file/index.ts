export { fileHistory } from './file-history.ts';
export { type NdjsonDumpsOptions, ndjsonDumps } from './ndjson-dumps.ts';
export { type NdjsonFileOptions, ndjsonFile } from './ndjson-file.ts';

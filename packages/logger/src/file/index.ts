export { type NdjsonFileOptions, ndjsonFile } from './ndjson-file.ts';

export { lttb, type SeriesSlice } from './lttb.ts';
export { RingBuffer } from './ring-buffer.ts';
export { type Sample, TimeSeries } from './time-series.ts';

export { type BrowserSensorsOptions, browserSensors } from './browser-sensors.ts';
export { ComputePressureSensor } from './compute-pressure-sensor.ts';
export { MainThreadSensor, type MainThreadSensorOptions } from './main-thread-sensor.ts';
export { PageHeapSensor } from './page-heap-sensor.ts';

export { CpuSensor, type CpuSensorOptions } from './cpu-sensor.ts';
export { EventLoopSensor, type EventLoopSensorOptions } from './event-loop-sensor.ts';
export { HeapSensor, type HeapSensorOptions } from './heap-sensor.ts';
export type { LoadSheddingOptions } from './http/load-shedding-options.ts';
export { RequestAdmission } from './http/request-admission.ts';
export { shedLoad } from './http/shed-load.ts';
export { MemoryPressureSensor, type MemoryPressureSensorOptions } from './memory-pressure-sensor.ts';
export { MemorySensor, type MemorySensorOptions } from './memory-sensor.ts';
export { type NodeSensorsOptions, nodeSensors } from './node-sensors.ts';

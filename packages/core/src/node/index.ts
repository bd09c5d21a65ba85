export { allowedCpus } from './allowed-cpus.ts';
export { type CgroupChain, type CgroupController, cgroupChains } from './cgroup/cgroup-files.ts';
export {
  type CpuLimit,
  type CpuQuota,
  type CpuTotals,
  cpuLimits,
  cpuQuota,
  cpuTotals,
} from './cgroup/cpu-quota.ts';
export {
  type GroupMemory,
  type GroupMemoryLimit,
  groupMemory,
  groupMemoryLimits,
  type MemoryLimit,
  memoryLimit,
} from './cgroup/memory-limit.ts';
export { groupMemoryPressure, memoryPressure, type PressureTotals } from './cgroup/memory-pressure.ts';
export { type HostMemory, hostMemory } from './host-memory.ts';
export { KeptFiles, type KeptFilesOptions } from './kept-files.ts';
export { guarded, type ReadFile, readFile } from './read-file.ts';

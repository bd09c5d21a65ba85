export { ComponentRegistry, type RegistryEvents } from './component-registry.ts';

export { bundleTag, pushBundle } from './bundle';
export { OciRegistry } from './OciRegistry';
export { formatReference, parseReference, registryProblem } from './reference';
export type { Reference } from './reference';
export type { RegistryOptions } from './RegistryConnection';
export { probeRegistry } from './probe';
export type { LayerResult, RegistryLayer } from './probe';

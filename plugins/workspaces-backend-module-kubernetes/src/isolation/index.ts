export { Isolation } from './Isolation';
export { PolicyProbe } from './PolicyProbe';

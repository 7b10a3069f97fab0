export { StateLabel } from './StateLabel';
export { states, type State } from './states';

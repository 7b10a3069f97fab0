export { EndpointsContent } from './EndpointsContent';

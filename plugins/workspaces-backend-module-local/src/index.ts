/**
 * Engine and builder of Slipway on the container engine of this machine.
 *
 * @packageDocumentation
 */
export { workspacesModuleLocal as default } from './module';

export { ActionDialog } from './ActionDialog';
export { DeleteDialog } from './DeleteDialog';
export { DeployDialog } from './DeployDialog';
export { DialogButton } from './DialogButton';
export { PasswordDialog } from './PasswordDialog';
export { RestartDialog } from './RestartDialog';
export { RollBackDialog } from './RollBackDialog';
export { ScaleDialog } from './ScaleDialog';

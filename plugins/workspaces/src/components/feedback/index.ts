export { ActionError } from './ActionError';
export { CopyButton } from './CopyButton';
export { LiveIndicator } from './LiveIndicator';
export { LoadFailure } from './LoadFailure';
export { Notice } from './Notice';

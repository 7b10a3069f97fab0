export { DefaultApiClient as WorkspacesClient } from '../schema/openapi/generated/apis';

/**
 * Type of the documents by which the search of the portal finds workspaces and endpoints.
 *
 * @public
 */
export const WORKSPACES_SEARCH_TYPE = 'workspaces';

/**
 * A workspace or an endpoint as the search of the portal knows it. It holds no state: what
 * was indexed is not what is, so that whoever shows a result asks for its state.
 *
 * @public
 */
export interface WorkspaceSearchDocument {
  kind: 'workspace' | 'endpoint';
  /** Id of the workspace or of the endpoint: what its state is asked by. */
  id: string;
  title: string;
  text: string;
  /** Path of its page in the portal. */
  location: string;
  /** Name of the workspace that it is, or belongs to. */
  workspace: string;
  /** Entity ref. */
  owner: string;
  /** Where an endpoint is reached; absent until it was exposed, and for workspaces. */
  address?: string;
  /** Whoever may read the workspace of this id finds the document. */
  authorization: { resourceRef: string };
}

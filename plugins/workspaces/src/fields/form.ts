import type { ApiHolder } from '@backstage/core-plugin-api';
import {
  identityApiRef,
  translationApiRef,
  useApi,
  useTranslationRef,
  type TranslationRef,
} from '@backstage/frontend-plugin-api';
import type { WorkspaceForm } from '@slipway/backstage-plugin-workspaces-common';
import { workspacesTranslationRef } from '../translation';

/**
 * What was filled in so far: the context of a field holds the values of the page that is
 * open and of all pages before it, under their own names.
 */
export function formOf(
  context: { formData?: WorkspaceForm } | undefined,
): WorkspaceForm {
  return context?.formData ?? {};
}

/** Asks who is to own what a field stores: the owner that the form names, or else the user. */
export function useOwner(owner: string | undefined): () => Promise<string> {
  const identityApi = useApi(identityApiRef);
  return async () =>
    owner || (await identityApi.getBackstageIdentity()).userEntityRef;
}

/** The texts of the pages, by their keys. */
export type Texts = ReturnType<
  typeof useTranslationRef<
    typeof workspacesTranslationRef extends TranslationRef<string, infer T>
      ? T
      : never
  >
>['t'];

/** The texts of the fields where no component is: in validation. */
export function textsOf(apis: ApiHolder): Texts {
  const texts = apis
    .get(translationApiRef)
    ?.getTranslation(workspacesTranslationRef);
  if (!texts?.ready)
    throw new Error('The texts of this page are not there yet; try again');
  return texts.t;
}

import { parseEntityRef } from '@backstage/catalog-model';
import { EntityRefLink } from '@backstage/plugin-catalog-react';

/** Who did it: a link to the user, or the bare name of a service. */
export function Person(props: { entityRef: string }) {
  return isUser(props.entityRef) ? (
    <EntityRefLink entityRef={props.entityRef} hideIcon />
  ) : (
    <>{props.entityRef}</>
  );
}

function isUser(entityRef: string): boolean {
  try {
    return parseEntityRef(entityRef).kind.toLocaleLowerCase('en-US') === 'user';
  } catch {
    return false; // services have subjects of another form, such as "plugin:scaffolder"
  }
}

import type { V1Condition, V1Ingress } from '@kubernetes/client-node';
import type { ClusterObject } from '../client';

type Ingress = V1Ingress & ClusterObject;

/** As far as it is read here. */
type HttpRoute = ClusterObject & {
  status?: { parents?: { conditions?: V1Condition[] }[] };
};

/** What must hold of a route that a Gateway has taken up. */
const NEEDED = ['Accepted', 'ResolvedRefs'];

/** What is still missing until a controller serves the object; `undefined` where nothing is. */
export function missingOf(route: ClusterObject): string | undefined {
  return route.kind === 'Ingress'
    ? missingOfIngress(route as Ingress)
    : missingOfRoute(route as HttpRoute);
}

function missingOfIngress({ spec, status }: Ingress): string | undefined {
  const addresses = status?.loadBalancer?.ingress ?? [];
  if (addresses.some(({ ip, hostname }) => ip || hostname)) return undefined;
  const name = spec?.ingressClassName;
  return `no controller${
    name ? ` of the class ${name}` : ''
  } has given it an address`;
}

/** A condition counts only for the route as it is now. */
function missingOfRoute({ metadata, status }: HttpRoute): string | undefined {
  const [parent] = status?.parents ?? [];
  if (!parent) return 'the Gateway has not taken it up';
  const { generation = 0 } = metadata;
  for (const type of NEEDED) {
    const found = parent.conditions?.find(
      condition =>
        condition.type === type &&
        (condition.observedGeneration ?? 0) >= generation,
    );
    if (!found) return `the Gateway has not said whether it is ${type}`;
    if (found.status !== 'True') {
      return `${type} is ${found.status}: ${found.reason}: ${found.message}`;
    }
  }
  return undefined;
}

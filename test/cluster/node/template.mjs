// Configuration files and manifests with @NAME@ where a value goes in.
import { nodeName, clusterName, runFolder } from '../settings.mjs';

/** Puts the values in; a name without one is a mistake of ours. */
export function render(text, values) {
  return text.replace(/@([A-Z_]+)@/g, (_, name) => {
    if (values[name] === undefined) {
      throw new Error(`There is no value for @${name}@.`);
    }
    return values[name];
  });
}

/** The values of a cluster at some addresses. */
export function clusterValues(addresses) {
  return {
    RUN: runFolder,
    CLUSTER: clusterName,
    NODE_NAME: nodeName,
    NODE_ADDRESS: addresses.node,
    POD_CIDR: addresses.pods,
    DNS_ADDRESS: addresses.dns,
    REGISTRY: addresses.registry,
  };
}

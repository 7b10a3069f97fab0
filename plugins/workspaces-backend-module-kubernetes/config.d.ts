import { HumanDuration } from '@backstage/types';

export interface Config {
  workspaces?: {
    /** The engine that runs workspaces in a Kubernetes cluster. Without it there is none. */
    kubernetes?: KubernetesCluster & {
      /**
       * Several clusters, each an engine of its own with the `id` that is given here. What one of them does not say
       * is as it stands beside this list. Default: the one cluster that stands here
       */
      clusters?: (KubernetesCluster & { id: string })[];
    };
    /**
     * Where images really come from, by the names as Dockerfiles and settings write them, for example
     * `node:22-slim: registry.example.com/mirror/node:22-slim`. Builds and pods then take them from there.
     * Default: every image comes from where its name says
     */
    images?: { [image: string]: string };
  };
}

/** A cluster, the registry of its images, and how apps run in it. */
interface KubernetesCluster {
  /** Name of the engine, as workspaces are kept with it. Default: kubernetes */
  id?: string;
  /**
   * Tells what this portal makes from what others make in the same cluster: a label. 1 to 40 characters
   * of a-z, 0-9 and "-". A portal that gets another one no longer knows its workspaces. Default: slipway
   */
  instance?: string;
  /**
   * Path of a kubeconfig. Default: the account of the portal's own pod, or where it does not run in a
   * cluster what kubectl would use
   */
  kubeconfig?: string;
  /** Context of the kubeconfig. Default: its current one */
  context?: string;
  /** Where images of apps are kept. Nodes must be able to pull from it. */
  registry?: {
    /** Host name or address with an optional port, as in the names of images. */
    address?: string;
    username?: string;
    /** @visibility secret */
    password?: string;
    /** Path of a file of PEM certificates that are trusted besides the usual ones. Default: none */
    caFile?: string;
    /** Asks without TLS; passwords then travel in clear. Default: false */
    plainHttp?: boolean;
    /** Lets the portal tell nodes how to speak to the registry, when an operator asks for it. Default: it only looks */
    trust?: {
      /**
       * What nodes are told: to trust the certificates of `caFile`, to trust whoever answers, or to speak
       * without TLS. Without it nothing is changed on nodes.
       */
      mode?: 'caBundle' | 'skipVerify' | 'plainHttp';
      /** Tells nodes that joined within the last hour without being asked. Default: false */
      newNodes?: boolean;
      /**
       * Image with a shell, of the privileged pod that changes a node. Nodes must have it or be able to pull
       * it. Default: busybox:1.35
       */
      image?: string;
    };
  };
  /**
   * Address ranges that apps and steps of builds may reach besides the public ones, for example the
   * database of a company, `10.20.0.0/16`. A range in which pods live lets workspaces reach each other.
   * Default: none
   */
  reachable?: string[];
  /** StorageClass of volumes. Default: the cluster's default one */
  storageClass?: string;
  /**
   * Numbers of the users that images name, for example `www-data: 33`: a cluster that refuses the superuser
   * must know the number. Known without it: node, app, nonroot, nobody, postgres, redis
   */
  users?: { [name: string]: number };
  /** What all of a workspace may use, by its size. */
  sizes?: {
    small?: WorkspaceLimits;
    medium?: WorkspaceLimits;
    large?: WorkspaceLimits;
  };
  /**
   * For how long a container may need until its process runs, pulling its image included. A duration such
   * as `90s` or `{ minutes: 2 }`. Default: 5m
   */
  startTimeout?: HumanDuration | string;
  /**
   * For how long an app may be silent on its health path after its start before its release counts as
   * failed. A dependency gets twice as long for its first login. Default: 60s
   */
  readinessTimeout?: HumanDuration | string;
  /** How apps get the addresses at which people reach them. */
  endpoints?: {
    /**
     * `nodePort`: a port that is open on each node. `ingress`: a host name by an Ingress. `httpRoute`: a host
     * name by an HTTPRoute of a Gateway. Default: nodePort
     */
    type?: 'nodePort' | 'ingress' | 'httpRoute';
    /** nodePort: the host in the addresses, for example that of a load balancer before the nodes. Default: an address of a node */
    nodeAddress?: string;
    /** ingress and httpRoute: the host name of an app, for example `{app}.{workspace}.apps.example.com`. */
    host?: string;
    /** ingress and httpRoute: whether addresses begin with https. Default: true with tlsSecret, else false */
    tls?: boolean;
    /** ingress: class of the controller. Default: the cluster's default class */
    ingressClassName?: string;
    /**
     * ingress: name of the Secret with the certificate, which somebody else puts into each namespace of a
     * workspace. Default: the controller's own certificate
     */
    tlsSecret?: string;
    /** httpRoute: the Gateway that takes routes of all namespaces of workspaces. */
    gateway?: {
      namespace: string;
      name: string;
      /** Name of one of its listeners. Default: all of them */
      sectionName?: string;
    };
  };
  /**
   * For how long is waited for what may pass by itself: that a node has room, or that a webhook of the
   * cluster answers. Where nodes are added on demand it must be longer than that takes. Default: 30s
   */
  patience?: HumanDuration | string;
  builds?: {
    /**
     * What builds images: `buildkit`, `buildah` or `kaniko`. With `auto` it is the first of these that has an
     * image and that the nodes let work. Default: auto
     */
    builder?: 'auto' | 'buildkit' | 'buildah' | 'kaniko';
    /** The images of builders, best by digest. Each needs a shell. */
    images?: {
      /** Rootless BuildKit. Default: docker.io/moby/buildkit:rootless */
      buildkit?: string;
      /** buildah with subordinate numbers of root in /etc/subuid. Default: none, it is not used */
      buildah?: string;
      /**
       * kaniko with a shell in /busybox, as its flavour `debug`. With it a RUN of a Dockerfile can read the
       * password with which images are pushed. Default: none, it is not used
       */
      kaniko?: string;
    };
  };
}

interface WorkspaceLimits {
  cpuCores?: number;
  memoryMiB?: number;
  pods?: number;
  volumes?: number;
  /** Size of a volume that names none of its own; one that is there stays as it is. Default: 1, 5 or 10 */
  volumeGiB?: number;
}

import type { LoggerService } from '@backstage/backend-plugin-api';
import type { Cluster } from '../client';
import type { EndpointSettings } from '../endpoints/settings';
import type { Timeouts } from './apps';
import type { WorkspaceImages } from './images';
import type { NodeTrust } from '../trust';
import type { PlaceOptions } from './place';

/** What an engine on a cluster is made with. */
export interface KubernetesEngineOptions {
  /** Unique among the engines of a portal. */
  id: string;
  cluster: Cluster;
  /** Tells the objects of this portal from those of others in the same cluster. */
  instance: string;
  place: Omit<PlaceOptions, 'names'>;
  endpoints: EndpointSettings;
  /** Where images come from that are built for workspaces; without it those cannot be removed or looked at. */
  images?: WorkspaceImages;
  /** Where images of dependencies, of their jobs and of the helper really come from. */
  imageSources?: Record<string, string>;
  /** Numbers of the users of images, by name. */
  users?: Record<string, number>;
  /** Default: the cluster's own default */
  storageClass?: string;
  /** Image with a shell in which the listening sockets of an app are read. */
  helperImage: string;
  timeouts: Timeouts;
  /** Whether nodes pull from the registry; without it nobody looks. */
  trust?: NodeTrust;
  logger: LoggerService;
}

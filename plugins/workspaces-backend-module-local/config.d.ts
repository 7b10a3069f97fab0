import { HumanDuration } from '@backstage/types';

export interface Config {
  workspaces?: {
    /** The engine that runs workspaces on the container engine of this machine. */
    local?: {
      /** Whether there is this engine. Say `false` where all workspaces live elsewhere. Default: true */
      enabled?: boolean;
      /**
       * Tells what this portal makes from what others make on the same container engine: the first
       * part of every name, and a label. 1 to 40 characters of a-z, 0-9 and "-". A portal that gets
       * another one no longer knows its workspaces. Default: slipway
       */
      instance?: string;
      /**
       * Address of the container engine, `unix:///path/of/the/socket` or `tcp://127.0.0.1:port`. Default:
       * what the environment variable DOCKER_HOST names, else the current docker context, else the first
       * socket that there is of those that Docker and Podman usually have.
       */
      dockerHost?: string;
      /**
       * For how long an app may be silent on its health path after its start before its release counts as
       * failed. A dependency gets twice as long for its first login. A duration such as `90s` or
       * `{ minutes: 2 }`. Default: 60s
       */
      readinessTimeout?: HumanDuration | string;
    };
    /**
     * Where images really come from, for machines that do not reach the registry of an image's name:
     * the name as Dockerfiles and settings write it, and the image that is brought instead and gets
     * that name, for example `node:22-slim: registry.example.com/mirror/node:22-slim`. An image that
     * the container engine has already is not brought again. Default: every image comes from where its name says
     */
    images?: { [image: string]: string };
    builds?: {
      /**
       * Path of a file of PEM certificates that builds trust besides the usual ones, for machines behind
       * a proxy that re-signs TLS. Default: none
       */
      caBundle?: string;
    };
  };
}

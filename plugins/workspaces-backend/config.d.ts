import { HumanDuration } from '@backstage/types';

export interface Config {
  workspaces?: {
    /**
     * Id of the engine of workspaces that name none. Default: the only installed engine; where several
     * are installed a workspace must name one.
     * @visibility backend
     */
    defaultEngine?: string;

    /** What a size class grants to each container of an app and of a dependency. */
    sizes?: {
      [size in 'small' | 'medium' | 'large']?: {
        /**
         * In cores, for example 0.5. Default: small 1, medium 2, large 4
         * @visibility backend
         */
        cpuCores?: number;
        /**
         * In MiB. Default: small 512, medium 1024, large 4096
         * @visibility backend
         */
        memoryMiB?: number;
        /**
         * Processes and threads. Default: small 256, medium 512, large 1024
         * @visibility backend
         */
        pids?: number;
      };
    };

    /** Which image stands behind a type of dependency. */
    dependencies?: {
      postgres?: {
        /**
         * Image without its tag. Default: postgres
         * @visibility backend
         */
        image?: string;
        /**
         * Tag of the image for dependencies that name no version. Those that are there keep theirs. In quotes. Default: '15'
         * @visibility backend
         */
        version?: string;
      };
      redis?: {
        /**
         * Image without its tag. Default: redis
         * @visibility backend
         */
        image?: string;
        /**
         * Tag of the image for dependencies that name no version. Those that are there keep theirs. In quotes. Default: '7'
         * @visibility backend
         */
        version?: string;
      };
    };

    storage?: {
      /**
       * Folder for bundles, uploads and, where `secrets.keys` is not set, the generated key of secrets.
       * All replicas must share it; a check says whether they do. A relative path is resolved against the
       * working directory. Default: .slipway/storage
       * @visibility backend
       */
      directory?: string;
    };

    /**
     * How long the tombstone of a deleted workspace stays, with its receipt, runs and events; and for how
     * long a request with the same Idempotency-Key is known again. A duration such as `30d` or
     * `{ days: 30 }`. Default: 90 days
     * @visibility backend
     */
    retention?: HumanDuration | string;

    releases?: {
      /**
       * So many images of each app are kept, those that served last. Where the engine can remove images, those that
       * only older releases need are removed within the hour; such a release cannot be rolled back to. At least 2.
       * Default: 10
       * @visibility backend
       */
      keep?: number;
    };

    logs?: {
      /**
       * How long lines of build, migration and app logs stay. Default: 30 days
       * @visibility backend
       */
      retention?: HumanDuration | string;
    };

    secrets?: {
      /**
       * Keys that encrypt stored secrets. The first one encrypts, all of them decrypt: to rotate, put a
       * new one in front, and take the old one away once the check of secrets still passes without it (an
       * hourly task encrypts anew). Default: one key, generated into the file `secrets.key` of the storage
       * directory, readable for the user of the portal alone. It stays in use for what it has encrypted.
       */
      keys?: Array<{
        /**
         * Name of the key, kept with each secret that it encrypts; at most 40 characters.
         * @visibility backend
         */
        id: string;
        /**
         * 32 bytes in base64, as `openssl rand -base64 32` prints them.
         * @visibility secret
         */
        key: string;
      }>;
    };

    /** Stable ports of this machine at which apps of the local engine are reached. */
    gateway?: {
      /**
       * Address of this machine that the ports are bound on. Default: 127.0.0.1
       * @visibility backend
       */
      host?: string;
      /**
       * First and last of the ports. Default: 18000-18999
       * @visibility backend
       */
      ports?: string;
      /**
       * How long the last requests of a replaced release may take. Default: 30 seconds
       * @visibility backend
       */
      drainTime?: HumanDuration | string;
    };

    sources?: {
      /**
       * Hosts, `host:port` and CIDR ranges that sources may be fetched from although they are private
       * addresses, for example a company's git. Default: none
       * @visibility backend
       */
      allow?: string[];
      /**
       * Folders of this machine below which a source of the type `folder` may lie. Default: none
       * @visibility backend
       */
      folders?: string[];
      /** How much a source may be. */
      limits?: {
        /**
         * All files together, unpacked; also what is downloaded or uploaded. In MiB. Default: 512
         * @visibility backend
         */
        totalMiB?: number;
        /**
         * One file, unpacked. In MiB. Default: 100
         * @visibility backend
         */
        fileMiB?: number;
        /**
         * Files and folders. Default: 20000
         * @visibility backend
         */
        entries?: number;
        /**
         * How many times larger than the archive its content may be. Default: 100
         * @visibility backend
         */
        ratio?: number;
        /**
         * Folders within folders. Default: 32
         * @visibility backend
         */
        depth?: number;
        /**
         * From the first request to the finished bundle. Default: 10 minutes
         * @visibility backend
         */
        timeout?: HumanDuration | string;
      };
    };

    runs?: {
      /**
       * Runs that are carried out at a time, over all replicas. Default: 20
       * @visibility backend
       */
      total?: number;
      /**
       * Of these, runs of workspaces of one owner. Default: 5
       * @visibility backend
       */
      perOwner?: number;
      /**
       * Runs that one replica carries out at a time. Default: 4
       * @visibility backend
       */
      perReplica?: number;
      /**
       * Longest time of a stage, in seconds. Defaults: provision 300, fetch 600, build 1800,
       * dependencies 600, migrate what the app says or else 600, deploy 600, expose 60, verify 120,
       * destroy 600
       */
      deadlines?: {
        [stage in
          | 'provision'
          | 'fetch'
          | 'build'
          | 'dependencies'
          | 'migrate'
          | 'deploy'
          | 'expose'
          | 'verify'
          | 'destroy']?: number;
      };
    };
  };
}

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig, loadAllYaml } from '@kubernetes/client-node';
import { Cluster, ClusterObject } from '../client';

const RIGHTS = join(__dirname, '../../rbac.yaml');
const ACCOUNT = 'slipway';
const LASTS_SECONDS = 3 * 60 * 60;

/** The account that rbac.yaml gives a portal, made in the cluster of the tests: it may do what is written there and nothing else. */
export class PortalAccount {
  readonly #adminKubeconfig: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'slipway-account-'));
  readonly cluster: Cluster;

  constructor(adminKubeconfig: string) {
    this.#adminKubeconfig = adminKubeconfig;
    this.cluster = Cluster.open({ kubeconfig: this.kubeconfig });
  }

  /** Path of its kubeconfig, which is there once it was begun. */
  get kubeconfig(): string {
    return join(this.#folder, 'kubeconfig');
  }

  async begin(): Promise<void> {
    const admin = Cluster.open({ kubeconfig: this.#adminKubeconfig });
    try {
      const objects = loadAllYaml(readFileSync(RIGHTS, 'utf8'));
      for (const object of objects as ClusterObject[]) {
        await admin.apply(object);
      }
      const { status } = await admin.call<{ status: { token: string } }>({
        method: 'POST',
        path: `/api/v1/namespaces/${ACCOUNT}/serviceaccounts/${ACCOUNT}/token`,
        body: {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenRequest',
          spec: { expirationSeconds: LASTS_SECONDS },
        },
      });
      await writeFile(this.kubeconfig, this.#withToken(status.token), {
        mode: 0o600,
      });
    } finally {
      await admin.close();
    }
  }

  async end(): Promise<void> {
    await this.cluster.close();
    rmSync(this.#folder, { recursive: true });
  }

  #withToken(token: string): string {
    const config = new KubeConfig();
    config.loadFromFile(this.#adminKubeconfig);
    const cluster = config.getCurrentCluster()!;
    config.loadFromClusterAndUser(cluster, { name: ACCOUNT, token });
    return config.exportConfig();
  }
}

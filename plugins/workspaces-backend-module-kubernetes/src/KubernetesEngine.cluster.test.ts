import { engineContract } from '@slipway/backstage-plugin-workspaces-node/testUtils';
import { KubernetesHarness } from './__testUtils__/KubernetesHarness';

jest.setTimeout(120_000);

engineContract(new KubernetesHarness());

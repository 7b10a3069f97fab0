import { engineContract } from '@slipway/backstage-plugin-workspaces-node/testUtils';
import { LocalHarness } from './__testUtils__/LocalHarness';

jest.setTimeout(120_000);

engineContract(new LocalHarness());

import { appContract } from './appContract';
import { dependenciesContract } from './dependenciesContract';
import { destroyContract } from './destroyContract';
import { failureContract } from './failureContract';
import type { EngineHarness } from './harness';
import { isolationContract } from './isolationContract';
import { jobContract } from './jobContract';
import { observationContract } from './observationContract';
import { placeContract } from './placeContract';
import { publishContract } from './publishContract';
import { repetitionContract } from './repetitionContract';
import { scaleContract } from './scaleContract';
import { ContractSuite } from './suite';

/**
 * What every engine must do, as Jest tests on a real one: call it at the top of a test file.
 * A place that cannot be reached fails the tests; none is skipped.
 *
 * @public
 */
export function engineContract(harness: EngineHarness): void {
  describe('contract of a workspace engine', () => {
    const suite = new ContractSuite(harness);
    beforeAll(() => suite.start());
    afterAll(() => harness.stop());

    placeContract(suite);
    dependenciesContract(suite);
    appContract(suite);
    scaleContract(suite);
    publishContract(suite);
    failureContract(suite);
    isolationContract(suite);
    jobContract(suite);
    repetitionContract(suite);
    observationContract(suite);
    destroyContract(suite);
  });
}

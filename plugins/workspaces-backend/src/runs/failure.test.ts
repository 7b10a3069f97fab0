import { InputError } from '@backstage/errors';
import {
  EngineError,
  type RawEvidence,
} from '@slipway/backstage-plugin-workspaces-node';
import { diagnose } from '../diagnosis/diagnose';
import { Redactor } from '../logs/redact';
import { explainFailure } from './failure';

function explain(error: unknown, seen: RawEvidence[] = []) {
  const redactor = new Redactor();
  redactor.add('opensesame');
  const failed = { stage: 'build' as const, app: 'web', error, seen };
  return explainFailure(failed, diagnose, redactor);
}

function piece(text: string, more: Partial<RawEvidence> = {}): RawEvidence {
  return { kind: 'log', source: 'container', at: 'now', text, ...more };
}

describe('explainFailure', () => {
  it('keeps at most 50 pieces of evidence of 8 kB each, the first sign first, without facts', () => {
    const evidence = Array.from({ length: 200 }, (_, index) =>
      piece(`${index} ${'ä'.repeat(10_000)}`, {
        facts: { index },
        ...(index === 120 && { first: true }),
      }),
    );
    const { diagnosis } = explain(new EngineError('it broke', { evidence }));
    expect(diagnosis.evidence).toHaveLength(50);
    expect(diagnosis.evidence[0]).toMatchObject({ first: true });
    expect(diagnosis.evidence[0].text).toMatch(/^120 ä+ \[cut here\]$/);
    expect(diagnosis.evidence.at(-1)?.text).toMatch(/^199 /);
    for (const each of diagnosis.evidence) {
      expect(Buffer.byteLength(each.text)).toBeLessThanOrEqual(8192);
      expect(each).not.toHaveProperty('facts');
    }
  });

  it('takes secret values out of reason, cause and evidence', () => {
    const error = new EngineError('refused opensesame', {
      evidence: [piece('PASSWORD=opensesame', { source: 'opensesame' })],
    });
    const explained = explain(error);
    expect(explained.reason).toBe('refused ***');
    expect(JSON.stringify(explained)).not.toContain('opensesame');
  });

  it('keeps the words of an error by which the core says what is wrong', () => {
    const error = new InputError('source: the folder leaves the allowed roots');
    const { diagnosis } = explain(error);
    expect(diagnosis).toMatchObject({ cause: error.message, fixedBy: 'user' });
  });

  it('says unknown where nothing is known, with what was seen before', () => {
    const { diagnosis, reason } = explain(new TypeError('x is undefined'), [
      piece('answered 502', { kind: 'probe' }),
    ]);
    expect(reason).toBe('x is undefined');
    expect(diagnosis.code).toBe('UNKNOWN');
    expect(diagnosis.evidence.map(each => each.text)).toEqual([
      'x is undefined',
      'answered 502',
    ]);
  });
});

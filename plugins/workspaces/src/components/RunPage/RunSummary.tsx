import { useTranslationRef } from '@backstage/frontend-plugin-api';
import type { Run } from '@slipway/backstage-plugin-workspaces-common';
import useThrottle from 'react-use/esm/useThrottle';
import { workspacesTranslationRef } from '../../translation';
import type { StageRow } from '../stages';
import { VisuallyHidden } from '../VisuallyHidden';

const THROTTLE_MILLISECONDS = 3_000;

/** How the run stands, in one sentence for those who hear the page; said when it changes, not too often. */
export function RunSummary(props: { run: Run; rows: StageRow[] }) {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { run, rows } = props;
  const states = rows
    .filter(row => row.state === 'running' || row.state === 'failed')
    .map(
      row =>
        `${t(`stage.${row.name}`)} ${t(
          `state.${row.state}`,
        ).toLocaleLowerCase()}`,
    );
  const done = rows.filter(row => row.state === 'succeeded').length;
  const sentence = t('run.summary', {
    number: String(run.number),
    state: t(`state.${run.state}`).toLocaleLowerCase(),
    done: String(done),
    all: String(rows.length),
    stages: states.join(', '),
  });
  return (
    <VisuallyHidden role="status">
      {useThrottle(sentence, THROTTLE_MILLISECONDS)}
    </VisuallyHidden>
  );
}

import { useSearchParams } from 'react-router-dom';
import { lineOfInterest, type StageLine, type StageRow } from '../stages';

/**
 * The stage whose log is shown: the one in the address, else the one a reader wants to see first,
 * which moves on as the run does.
 */
export function useSelectedStage(rows: StageRow[]): StageLine | undefined {
  const [parameters] = useSearchParams();
  const stage = parameters.get('stage');
  const app = parameters.get('app') ?? undefined;
  const chosen = rows
    .flatMap(row => row.lines)
    .find(line => line.name === stage && line.app === app);
  return chosen ?? lineOfInterest(rows);
}

/** Address, on the run's page, of the log of a stage, or of one line of it. */
export function stageAddress(
  line: Pick<StageLine, 'name' | 'app'>,
  logLine?: number,
): string {
  const parameters = new URLSearchParams({ stage: line.name });
  if (line.app) parameters.set('app', line.app);
  if (logLine) parameters.set('line', String(logLine));
  return `?${parameters}`;
}

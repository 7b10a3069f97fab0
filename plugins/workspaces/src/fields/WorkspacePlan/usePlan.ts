import { useApi } from '@backstage/core-plugin-api';
import type { WorkspaceForm } from '@slipway/backstage-plugin-workspaces-common';
import { useCallback, useEffect, useState } from 'react';
import { workspacesApiRef } from '../../api';
import { askPlan, type PlanAnswer } from './askPlan';

/** A person who fills in other fields of the same page is done after so long a pause. */
const PAUSE_MILLISECONDS = 500;

/** The plan of the form as it is; no answer while it is asked for. */
export function usePlan(form: WorkspaceForm): {
  answer?: PlanAnswer;
  again: () => void;
} {
  const api = useApi(workspacesApiRef);
  const key = JSON.stringify(form);
  const [known, setKnown] = useState<{ key: string; answer: PlanAnswer }>();
  const [turn, setTurn] = useState(0);

  useEffect(() => {
    let outdated = false;
    const ask = async () => {
      const answer = await askPlan(api, JSON.parse(key));
      if (!outdated) setKnown({ key, answer });
    };
    const timer = setTimeout(ask, turn === 0 ? PAUSE_MILLISECONDS : 0);
    return () => {
      outdated = true;
      clearTimeout(timer);
    };
  }, [api, key, turn]);

  const again = useCallback(() => {
    setKnown(undefined);
    setTurn(before => before + 1);
  }, []);

  return { answer: known?.key === key ? known.answer : undefined, again };
}

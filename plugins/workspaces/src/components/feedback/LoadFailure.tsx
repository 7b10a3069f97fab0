import { ResponseError } from '@backstage/errors';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { useRef } from 'react';
import { isNotAllowed, isNotFound, messageOf } from '../../api/errors';
import { workspacesTranslationRef } from '../../translation';
import { ActionButton } from '../ActionButton';
import { StateLabel } from '../StateLabel';
import { Notice } from './Notice';

/**
 * What could not be shown, why, and what to do about it.
 */
export function LoadFailure(props: {
  error: Error;
  /** What was to be shown: "the runs of ws-guestbook". */
  what: string;
  onRetry: () => void;
}) {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { error, what } = props;
  const at = useMomentOf(error);
  const retry = (
    <ActionButton onClick={props.onRetry}>{t('failure.retry')}</ActionButton>
  );
  if (isNotAllowed(error)) {
    return (
      <Notice title={t('failure.notAllowed', { what })} action={retry}>
        <p>{messageOf(error)}</p>
        <p>{t('failure.notAllowedFix')}</p>
      </Notice>
    );
  }
  if (isNotFound(error)) {
    return (
      <Notice title={t('failure.notFound', { what })} action={retry}>
        <p>{messageOf(error)}</p>
        <p>{t('failure.notFoundFix')}</p>
      </Notice>
    );
  }
  return (
    <Notice title={t('failure.title', { what })} action={retry}>
      <p role="alert">
        <StateLabel state="failed" iconOnly /> {messageOf(error)}
      </p>
      {error instanceof ResponseError && (
        <p>
          {t('failure.answer', {
            status: String(error.statusCode),
            at,
          })}
        </p>
      )}
      <p>{t('failure.fix')}</p>
    </Notice>
  );
}

/** When an error was seen first. */
function useMomentOf(error: Error): string {
  const seen = useRef({ error, at: new Date() });
  if (seen.current.error !== error) seen.current = { error, at: new Date() };
  return seen.current.at.toISOString();
}

import { ResponseErrorPanel } from '@backstage/core-components';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { isNotAllowed, isNotFound, messageOf } from '../../api/errors';
import { workspacesTranslationRef } from '../../translation';
import { ActionButton } from '../ActionButton';
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
    <>
      <ResponseErrorPanel
        error={error}
        title={t('failure.title', { what })}
        defaultExpanded
      />
      <Notice title={t('failure.whatToDo')} action={retry}>
        <p>{t('failure.fix')}</p>
      </Notice>
    </>
  );
}

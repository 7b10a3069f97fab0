import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { workspacesTranslationRef } from '../../translation';
import { VisuallyHidden } from '../VisuallyHidden';
import type { SourceChange } from './outputs';
import { Revision } from './Revision';

/** What changed of a source: from which commit to which, or that it is the same. */
export function SourceChangeText(props: { change: SourceChange }) {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { before, after } = props.change;
  if (before === after)
    return (
      <>
        {t('change.same')} <Revision revision={after} />
      </>
    );
  return (
    <>
      {before !== undefined && (
        <>
          <Revision revision={before} /> <span aria-hidden="true">→</span>
          <VisuallyHidden>{t('change.to')}</VisuallyHidden>{' '}
        </>
      )}
      <Revision revision={after} />
    </>
  );
}

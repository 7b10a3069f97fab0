import { Link } from '@backstage/core-components';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { workspacesTranslationRef } from '../translation';
import { CopyButton } from './feedback';

/** Where something is reached: to open, where a browser can, and to copy. */
export function Address(props: { url: string }) {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { url } = props;
  const shown = url.replace(/^https?:\/\//, '').replace(/\/$/, '');
  return (
    <>
      {isWebAddress(url) ? <Link to={url}>{shown}</Link> : url}
      <CopyButton text={url} label={t('endpoints.copy', { address: shown })} />
    </>
  );
}

/** The address comes from the backend, but nothing that runs in this page may hide in it. */
function isWebAddress(url: string): boolean {
  try {
    return ['http:', 'https:'].includes(new URL(url).protocol);
  } catch {
    return false; // not an address at all
  }
}

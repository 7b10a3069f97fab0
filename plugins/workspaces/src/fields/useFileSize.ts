import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { useAmountText } from '../components/amounts';
import { workspacesTranslationRef } from '../translation';

const KIBIBYTE = 2 ** 10;
const MEBIBYTE = 2 ** 20;

/** How this portal's language says how large files are: "34 KiB", "12 MiB". */
export function useFileSize(): (bytes: number) => string {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const amount = useAmountText();
  return bytes =>
    bytes < MEBIBYTE
      ? t('fields.kibibytes', { value: String(Math.ceil(bytes / KIBIBYTE)) })
      : amount.bytes(bytes);
}

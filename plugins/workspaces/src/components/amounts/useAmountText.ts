import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { useMemo } from 'react';
import { workspacesTranslationRef } from '../../translation';

const MEBIBYTE = 2 ** 20;
const MEBIBYTES_IN_GIBIBYTE = 1024;

/** Amounts in words. */
export interface AmountText {
  /** "0.04 cores", "1.5 cores". */
  cores(value: number): string;
  /** "0 MiB", "186 MiB", "1.3 GiB". */
  bytes(value: number): string;
}

/** How this portal's language says how much of a machine something takes. */
export function useAmountText(): AmountText {
  const { t } = useTranslationRef(workspacesTranslationRef);
  return useMemo(
    () => ({
      cores: value =>
        t('amount.cores', { value: value.toFixed(value < 1 ? 2 : 1) }),
      bytes(value) {
        const mebibytes = value / MEBIBYTE;
        return mebibytes < MEBIBYTES_IN_GIBIBYTE
          ? t('amount.mebibytes', { value: mebibytes.toFixed(0) })
          : t('amount.gibibytes', {
              value: (mebibytes / MEBIBYTES_IN_GIBIBYTE).toFixed(1),
            });
      },
    }),
    [t],
  );
}

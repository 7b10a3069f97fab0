import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { useMemo } from 'react';
import { workspacesTranslationRef } from '../../translation';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Times in words. All arguments are milliseconds. */
export interface TimeText {
  /** "340 ms", "3 s", "1 min 48 s", "2 h 05 min", "3 d 4 h". */
  duration(milliseconds: number): string;
  /** "just now", "12 s ago", "9 min ago", "3 h ago", "2 d ago". A time yet to come counts as now. */
  ago(at: number, now: number): string;
}

/**
 * How this portal's language says how long, and how long ago.
 */
export function useTimeText(): TimeText {
  const { t } = useTranslationRef(workspacesTranslationRef);
  return useMemo(() => {
    const twoDigits = (value: number) => String(value).padStart(2, '0');
    return {
      duration(milliseconds) {
        const elapsed = Math.max(0, milliseconds);
        if (elapsed < SECOND)
          return t('time.milliseconds', { value: String(Math.round(elapsed)) });
        if (elapsed < MINUTE)
          return t('time.seconds', {
            value: String(Math.floor(elapsed / SECOND)),
          });
        if (elapsed < HOUR) {
          const seconds = Math.floor((elapsed % MINUTE) / SECOND);
          if (seconds === 0)
            return t('time.wholeMinutes', {
              value: String(Math.floor(elapsed / MINUTE)),
            });
          return t('time.minutes', {
            value: String(Math.floor(elapsed / MINUTE)),
            seconds: twoDigits(seconds),
          });
        }
        if (elapsed < DAY) {
          const minutes = Math.floor((elapsed % HOUR) / MINUTE);
          return t('time.hours', {
            value: String(Math.floor(elapsed / HOUR)),
            minutes: twoDigits(minutes),
          });
        }
        return t('time.days', {
          value: String(Math.floor(elapsed / DAY)),
          hours: String(Math.floor((elapsed % DAY) / HOUR)),
        });
      },
      ago(at, now) {
        const elapsed = now - at;
        if (elapsed < SECOND) return t('time.justNow');
        if (elapsed < MINUTE)
          return t('time.secondsAgo', {
            value: String(Math.floor(elapsed / SECOND)),
          });
        if (elapsed < HOUR)
          return t('time.minutesAgo', {
            value: String(Math.floor(elapsed / MINUTE)),
          });
        if (elapsed < DAY)
          return t('time.hoursAgo', {
            value: String(Math.floor(elapsed / HOUR)),
          });
        return t('time.daysAgo', { value: String(Math.floor(elapsed / DAY)) });
      },
    };
  }, [t]);
}

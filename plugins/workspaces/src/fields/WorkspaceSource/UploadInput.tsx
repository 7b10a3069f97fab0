import { useTranslationRef } from '@backstage/frontend-plugin-api';
import LinearProgress from '@material-ui/core/LinearProgress';
import { makeStyles } from '@material-ui/core/styles';
import { useRef, useState, type DragEvent } from 'react';
import { ActionButton } from '../../components/ActionButton';
import { ActionError } from '../../components/feedback';
import { StateLabel } from '../../components/StateLabel';
import { tones } from '../../components/tones';
import { workspacesTranslationRef } from '../../translation';
import { useFileSize } from '../useFileSize';
import { UPLOAD_LIMIT, useUpload } from './useUpload';

const useStyles = makeStyles(theme => {
  const { line, secondInk, selected, sunk } = tones(theme);
  return {
    area: {
      padding: theme.spacing(2),
      border: `1px dashed ${line}`,
      borderRadius: 6,
      backgroundColor: sunk,
      fontSize: '0.875rem',
      lineHeight: '1.5rem',
      overflowWrap: 'anywhere',
      '& p': { margin: 0 },
    },
    over: {
      borderColor: theme.palette.primary.main,
      backgroundColor: selected,
    },
    line: {
      display: 'flex',
      flexWrap: 'wrap',
      alignItems: 'center',
      gap: theme.spacing(0.5, 1),
    },
    limit: { fontSize: '0.8125rem', color: secondInk },
    progress: { margin: theme.spacing(1, 0) },
    numbers: { fontVariantNumeric: 'tabular-nums', color: secondInk },
  };
});

/** Takes a zip or tar.gz, dropped here or chosen, and uploads it at once. */
export function UploadInput(props: {
  /** Of the upload that the form refers to. */
  uploaded?: { filename?: string };
  owner?: string;
  disabled?: boolean;
  onUploaded: (upload: string, filename: string) => void;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const fileSize = useFileSize();
  const chooser = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const { uploaded, disabled } = props;
  const upload = useUpload(props.owner, props.onUploaded);
  const busy = upload.sending !== undefined;

  const take = (files: FileList | null) => {
    setOver(false);
    const file = files?.[0];
    if (file && !disabled && !busy) upload.begin(file);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault(); // the browser would open the file
    take(event.dataTransfer.files);
  };

  return (
    <>
      <div
        className={over ? `${classes.area} ${classes.over}` : classes.area}
        onDragOver={event => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <div role="status">
          {uploaded && !busy && (
            <p>
              <StateLabel state="passed" iconOnly />{' '}
              {t('fields.upload.done', {
                name: uploaded.filename ?? t('fields.upload.unnamed'),
              })}
            </p>
          )}
          {upload.sending && (
            <p>{t('fields.upload.sending', { name: upload.sending.name })}</p>
          )}
        </div>
        {upload.sending && <Progress {...upload.sending} />}
        <div className={classes.line}>
          <span className={busy ? classes.numbers : undefined}>
            {upload.sending
              ? t('fields.upload.sent', {
                  sent: fileSize(upload.sending.sent),
                  size: fileSize(upload.sending.size),
                })
              : t('fields.upload.drop')}
          </span>
          {/* One button, so that the focus stays where it is. */}
          <ActionButton
            disabled={disabled}
            onClick={() => (busy ? upload.stop() : chooser.current?.click())}
          >
            {t(`fields.upload.${buttonOf(busy, uploaded !== undefined)}`)}
          </ActionButton>
          {!busy && (
            <span className={classes.limit}>{t('fields.upload.limit')}</span>
          )}
        </div>
        <input
          ref={chooser}
          type="file"
          hidden
          aria-label={t('fields.upload.choose')}
          accept=".zip,.tar.gz,.tgz,application/zip,application/gzip"
          onChange={event => {
            take(event.target.files);
            event.target.value = ''; // so that the same file can be chosen again
          }}
        />
      </div>
      {upload.refused && <Refused {...upload.refused} />}
      {upload.failed && (
        <ActionError
          title={t('fields.upload.failed', { name: upload.failed.name })}
          error={upload.failed.error}
          onRetry={upload.failed.retry}
        />
      )}
    </>
  );
}

function buttonOf(busy: boolean, uploaded: boolean) {
  if (busy) return 'stop';
  return uploaded ? 'chooseOther' : 'choose';
}

function Progress(props: { name: string; sent: number; size: number }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { name, sent, size } = props;
  return (
    <LinearProgress
      className={classes.progress}
      variant="determinate"
      value={(100 * sent) / size}
      aria-label={t('fields.upload.sending', { name })}
    />
  );
}

function Refused(props: { name: string; size: number }) {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const fileSize = useFileSize();
  const { name, size } = props;
  const reason =
    size > UPLOAD_LIMIT
      ? t('fields.upload.tooLarge', { name, size: fileSize(size) })
      : t('fields.upload.empty', { name });
  return (
    <ActionError
      title={t('fields.upload.failed', { name })}
      error={new Error(reason)}
    />
  );
}

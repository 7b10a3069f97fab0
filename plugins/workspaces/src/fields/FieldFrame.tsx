import { MarkdownContent } from '@backstage/core-components';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import type { ReactNode } from 'react';
import { tones } from '../components/tones';
import { workspacesTranslationRef } from '../translation';

const useStyles = makeStyles(theme => {
  const { line, secondInk } = tones(theme);
  return {
    frame: {
      minWidth: 0, // a fieldset is as wide as its content otherwise
      margin: theme.spacing(2, 0, 1),
      padding: theme.spacing(2),
      border: `1px solid ${line}`,
      borderRadius: 6,
      [theme.breakpoints.down('xs')]: { padding: theme.spacing(1.5) },
    },
    title: {
      padding: theme.spacing(0, 0.75),
      fontSize: '0.875rem',
      lineHeight: '1.25rem',
      fontWeight: 700,
    },
    description: {
      fontSize: '0.8125rem',
      color: secondInk,
      '& > :first-child': { marginTop: 0 },
    },
  };
});

/** A field of several inputs, under the title and the description that the template gives it. */
export function FieldFrame(props: {
  title?: string;
  description?: string;
  required?: boolean;
  children: ReactNode;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { title, description, required } = props;
  return (
    <fieldset className={classes.frame}>
      {title && (
        <legend className={classes.title}>
          {required ? `${title} (${t('fields.required')})` : title}
        </legend>
      )}
      {description && (
        <MarkdownContent
          content={description}
          className={classes.description}
          linkTarget="_blank"
        />
      )}
      {props.children}
    </fieldset>
  );
}

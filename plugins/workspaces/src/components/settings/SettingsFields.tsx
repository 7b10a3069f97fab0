import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import TextField from '@material-ui/core/TextField';
import { workspacesTranslationRef } from '../../translation';
import type { Problems, Settings } from './settings';
import { VariableRows } from './VariableRows';

const useStyles = makeStyles(theme => ({
  fields: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr) minmax(0, 2fr)',
    gap: theme.spacing(2),
    '& > :nth-child(n + 3)': { gridColumn: '1 / -1' },
    [theme.breakpoints.down('xs')]: {
      gridTemplateColumns: 'minmax(0, 1fr)',
    },
  },
}));

/** How an app is run, to be changed. What is wrong is said at its field. */
export function SettingsFields(props: {
  settings: Settings;
  problems: Problems;
  onChange: (change: Partial<Settings>) => void;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { settings, problems, onChange } = props;
  const fields = ['port', 'healthPath', 'command', 'migration'] as const;
  return (
    <>
      <div className={classes.fields}>
        {fields.map((field, index) => (
          <TextField
            key={field}
            // The first field of a dialog is where its user begins.
            autoFocus={index === 0}
            fullWidth
            id={`slipway-settings-${field}`}
            label={t(`settings.${field}`)}
            helperText={problems[field] ?? t(`settings.help.${field}`)}
            error={problems[field] !== undefined}
            value={settings[field]}
            // A line break within a word would be lost in an input of one line.
            multiline={settings[field].includes('\n')}
            inputProps={{
              spellCheck: false,
              autoCapitalize: 'off',
              autoComplete: 'off',
              ...(field === 'port' && { inputMode: 'numeric' }),
            }}
            onChange={event => onChange({ [field]: event.target.value })}
          />
        ))}
      </div>
      <VariableRows
        rows={settings.environment}
        problems={problems}
        onChange={environment => onChange({ environment })}
      />
    </>
  );
}

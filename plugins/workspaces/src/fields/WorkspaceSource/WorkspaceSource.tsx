import { useApi } from '@backstage/core-plugin-api';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import FormControl from '@material-ui/core/FormControl';
import FormControlLabel from '@material-ui/core/FormControlLabel';
import FormLabel from '@material-ui/core/FormLabel';
import Radio from '@material-ui/core/Radio';
import RadioGroup from '@material-ui/core/RadioGroup';
import { makeStyles } from '@material-ui/core/styles';
import type {
  SourceSpec,
  SourceType,
} from '@slipway/backstage-plugin-workspaces-common';
import { useEffect, useRef } from 'react';
import { workspacesApiRef } from '../../api';
import { workspacesTranslationRef } from '../../translation';
import { noComplaint, withdrawComplaint } from '../complaints';
import { FieldFrame } from '../FieldFrame';
import { formOf, useOwner } from '../form';
import { InspectionPanel } from './InspectionPanel';
import { workspaceSourceSchema, type SourceValue } from './schema';
import { SourceInputs } from './SourceInputs';
import { sourceOf, sourceTypes, toInspect, withFields } from './sources';
import { UploadInput } from './UploadInput';
import { useInspection } from './useInspection';

const useStyles = makeStyles(theme => ({
  types: { marginBottom: theme.spacing(1.5) },
  upload: { marginBottom: theme.spacing(2) },
}));

/** Where an app comes from, with a look at what is there. */
export function WorkspaceSource(props: typeof workspaceSourceSchema.TProps) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const api = useApi(workspacesApiRef);
  const { formData: value, schema, required, disabled } = props;
  // What was said of the source as it was is not said of the one that takes its place.
  const onChange = (changed: SourceValue) =>
    withdrawComplaint(api, 'source')
      ? props.onChange(changed, noComplaint)
      : props.onChange(changed);
  const { owner } = formOf(props.formContext);
  const ownerOf = useOwner(owner);
  const id = props.idSchema.$id;
  const source = sourceOf(value);
  const { look, again } = useInspection(toInspect(value));
  const inspection = look.state === 'seen' ? look.inspection : undefined;

  // What was seen belongs to the source as it was.
  const change = (fields: Partial<SourceSpec>, filename = value?.filename) =>
    onChange({
      source: withFields(source, fields),
      ...(source.type === 'upload' && filename && { filename }),
    });

  const left = useRef(new Map<SourceType, SourceValue>());
  const changeType = (type: SourceType) => {
    if (value) left.current.set(source.type, value);
    onChange(left.current.get(type) ?? { source: { type } });
  };

  // A field without a value is not validated.
  useEffect(() => {
    if (!value?.source) onChange({ source });
  });

  const port = inspection ? inspection.port : value?.port;
  const latest = useRef({ value, onChange });
  latest.current = { value, onChange };
  useEffect(() => {
    const { value: now, onChange: say } = latest.current;
    if (!now || now.port === port) return;
    const { port: _before, ...others } = now;
    say({ ...others, ...(port !== undefined && { port }) });
  }, [port]);

  return (
    <FieldFrame
      title={schema.title}
      description={schema.description}
      required={required}
    >
      <FormControl component="fieldset" className={classes.types}>
        <FormLabel component="legend">{t('fields.source.legend')}</FormLabel>
        <RadioGroup
          row
          name={`${id}_type`}
          value={source.type}
          onChange={(_event, type) => changeType(type as SourceType)}
        >
          {sourceTypes.map(type => (
            <FormControlLabel
              key={type}
              value={type}
              disabled={disabled}
              control={<Radio color="primary" size="small" />}
              label={t(`fields.source.type.${type}`)}
            />
          ))}
        </RadioGroup>
      </FormControl>
      {source.type === 'upload' && (
        <div className={classes.upload}>
          <UploadInput
            uploaded={source.upload ? { filename: value?.filename } : undefined}
            owner={owner}
            disabled={disabled}
            onUploaded={(upload, filename) => change({ upload }, filename)}
          />
        </div>
      )}
      <SourceInputs
        key={source.type}
        id={id}
        source={source}
        branches={inspection?.branches ?? []}
        ownerOf={ownerOf}
        disabled={disabled}
        onChange={change}
      />
      <InspectionPanel
        id={id}
        look={look}
        dockerfile={value?.dockerfile}
        disabled={disabled}
        onDockerfile={dockerfile => onChange({ ...value, source, dockerfile })}
        onAgain={() => {
          if (value) onChange(value);
          again();
        }}
      />
    </FieldFrame>
  );
}

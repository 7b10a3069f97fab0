import type { ButtonProps } from '@material-ui/core/Button';
import { useState } from 'react';
import { ActionButton } from '../ActionButton';

/** Opens a dialog, and has the focus again when that is closed. */
export function DialogButton(
  props: ButtonProps & { dialog: (close: () => void) => JSX.Element },
) {
  const { dialog, ...button } = props;
  const [open, setOpen] = useState(false);
  return (
    <>
      <ActionButton
        aria-haspopup="dialog"
        {...button}
        onClick={() => setOpen(true)}
      />
      {open && dialog(() => setOpen(false))}
    </>
  );
}

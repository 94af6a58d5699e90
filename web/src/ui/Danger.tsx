import { type ReactNode, useState } from "react";
import type { Problem } from "../api/problem";
import { TextField } from "./Field";
import { FormDialog } from "./FormDialog";

type Props = {
  title: string;
  /** What is lost, and what stays. */
  children: ReactNode;
  submit: string;
  busy: boolean;
  problem: Problem | null;
  onSubmit: () => void;
  onClose: () => void;
  /** A name that has to be written before it is done: for what never comes back. */
  confirm?: string;
};

/** A question before something is taken away: it says what is lost. */
export function Danger({ children, confirm, onSubmit, ...rest }: Props) {
  const [written, setWritten] = useState("");
  return (
    <FormDialog
      {...rest}
      danger
      description={children}
      size="small"
      disabled={confirm !== undefined && written !== confirm}
      onSubmit={onSubmit}
    >
      {confirm !== undefined && (
        <TextField
          label={`Write “${confirm}” to go on`}
          value={written}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setWritten(event.target.value)}
        />
      )}
    </FormDialog>
  );
}

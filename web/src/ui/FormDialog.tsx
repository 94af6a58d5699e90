import type { FormEvent, ReactNode } from "react";
import { useId, useRef } from "react";
import type { Problem } from "../api/problem";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { Wrong } from "./Wrong";

type Props = {
  title: string;
  description?: ReactNode;
  /** On the button: a verb. */
  submit: string;
  danger?: boolean;
  busy: boolean;
  problem: Problem | null;
  /** Fields that show by themselves what is wrong with them: `["/name"]`. */
  fields?: readonly string[];
  disabled?: boolean;
  size?: "small" | "medium" | "large";
  onSubmit: () => void;
  onClose: () => void;
  children?: ReactNode;
};

/** A form on top of the page. Enter sends it; what the server says against it stands at its fields, or above the buttons. */
export function FormDialog({
  title,
  description,
  submit,
  danger,
  busy,
  problem,
  fields,
  disabled,
  size,
  onSubmit,
  onClose,
  children,
}: Props) {
  const form = useId();
  const cancel = useRef<HTMLButtonElement>(null);
  // The first field; where there is none, what takes nothing away.
  const begin = () => document.getElementById(form)?.querySelector<HTMLElement>("input, select, textarea") ?? cancel.current;
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (!busy && !disabled) onSubmit();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      description={description}
      size={size}
      initialFocus={begin}
      actions={
        <>
          <Button ref={cancel} onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" form={form} look={danger ? "danger" : "ink"} busy={busy} disabled={disabled}>
            {submit}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={send} noValidate style={{ display: "grid", gap: 16 }}>
        {children}
        <Wrong problem={problem} fields={fields} />
      </form>
    </Dialog>
  );
}

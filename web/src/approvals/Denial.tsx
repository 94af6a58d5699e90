import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { Button } from "../ui/Button";
import { TextArea } from "../ui/Field";
import { type Approval, kindOf } from "./approval";
import styles from "./DecisionBar.module.css";

/** No, and why: whoever asked reads it. Of a call that may have run it is what came of it. */
export function Denial({
  approval,
  busy,
  onDeny,
  onClose,
}: {
  approval: Approval;
  busy: boolean;
  onDeny: (reason: string | null) => void;
  onClose: () => void;
}) {
  const [reason, setReason] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  const settles = kindOf(approval) === "uncertain";
  const reader = approval.agent ?? "The function";
  const given = reason.trim();
  const send = (event: FormEvent | KeyboardEvent) => {
    event.preventDefault();
    if (!busy && !(settles && given === "")) onDeny(given === "" ? null : given);
  };
  return (
    <form
      className={styles.form}
      onSubmit={send}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send(event);
      }}
    >
      <TextArea
        ref={field}
        label={settles ? "What came of it?" : "Why not?"}
        hint={settles ? `${reader} goes on with this as the call's result.` : `${reader} reads it and can do better.`}
        rows={3}
        maxLength={10_000}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      <div className={styles.acts}>
        <Button type="submit" look={settles ? "ink" : "danger"} busy={busy} disabled={settles && given === ""} hotkey="mod+Enter">
          {settles ? "It has happened" : given === "" ? "Deny without a reason" : "Deny"}
        </Button>
        <Button hotkey="Escape" onClick={onClose}>
          Back
        </Button>
      </div>
    </form>
  );
}

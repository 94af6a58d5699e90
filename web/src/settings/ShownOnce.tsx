import { type ReactNode, useState } from "react";
import { Button } from "../ui/Button";
import { copyText } from "../ui/copy";
import { Dialog } from "../ui/Dialog";
import { Snippet } from "../ui/Snippet";
import styles from "./ShownOnce.module.css";

/** Something that is shown this once: a key, a link. A click beside it does not close it; it has to be put away on purpose. */
export function ShownOnce({
  title,
  about,
  value,
  onClose,
}: {
  title: string;
  about: ReactNode;
  value: string | null;
  onClose: () => void;
}) {
  const [copied, setCopied] = useState(false);
  if (value === null)
    return (
      <Dialog open onClose={onClose} title={title} actions={<Button onClick={onClose}>Close</Button>}>
        <p>
          The server had made it already when it was asked again, and does not show it twice. Take it away and make another one.
        </p>
      </Dialog>
    );
  return (
    <Dialog
      open
      onClose={() => copied && onClose()}
      title={title}
      actions={
        <>
          <Button onClick={onClose}>I have kept it</Button>
          <Button look="ink" onClick={() => copyText(value).then(() => setCopied(true))}>
            {copied ? "Copied" : "Copy"}
          </Button>
        </>
      }
    >
      <p className="quiet">{about}</p>
      <div className={styles.value}>
        <Snippet text={value} />
      </div>
      <p className={styles.once}>It is shown this once and never again.</p>
    </Dialog>
  );
}

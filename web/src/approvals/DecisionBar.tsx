import { useQuery } from "@tanstack/react-query";
import { ChevronDown, Pencil, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useShortcuts } from "../keys/shortcuts";
import { session } from "../session";
import { Button, IconButton } from "../ui/Button";
import { Menu } from "../ui/Menu";
import { type Approval, isEditable, isGrantable, kindOf, needsHold, shortId, whyNot } from "./approval";
import styles from "./DecisionBar.module.css";
import { Denial } from "./Denial";
import { type Draft, editedOf } from "./Edit";
import { type GrantWish, grantChoices, grantText } from "./grant";
import { HoldButton } from "./HoldButton";
import { delegationList } from "./queries";
import { Refusal } from "./Refusal";
import type { DecisionControl } from "./useDecision";
import { useHold } from "./useHold";
import { useJustChanged } from "./useJustChanged";
import { graveness } from "./words";

type Props = {
  approval: Approval;
  decision: DecisionControl;
  /** What is open beside the buttons: a form for other arguments, or for the reason of a denial. */
  open: "edit" | "deny" | null;
  onOpen: (open: Props["open"]) => void;
  draft: Draft;
};

/** What the reader may do about it, always in the same place: approve, edit and approve, deny with a reason. */
export function DecisionBar(props: Props) {
  const { approval, decision } = props;
  const { me } = session();
  const named = approval.people.length > 0 && !approval.people.includes(me.name);
  const { data: delegations } = useQuery({ ...delegationList, enabled: named });
  const standsInFor = delegations?.filter((one) => one.to === me.name).map((one) => one.from) ?? [];
  const obstacle = whyNot(approval, me, standsInFor);
  return (
    <footer className={styles.bar}>
      {decision.failure !== null && <Refusal reason={decision.failure} onClose={decision.forget} />}
      {obstacle === null ? <Acts {...props} /> : <p className={styles.obstacle}>{obstacle}</p>}
    </footer>
  );
}

function Acts({ approval, decision: { decide, busy }, open, onOpen, draft }: Props) {
  const [menu, setMenu] = useState(false);
  const [grant, setGrant] = useState<GrantWish | null>(null);
  const editable = isEditable(approval);
  const grantable = isGrantable(approval);
  const hold = needsHold(approval);
  const edited = open === "edit" ? editedOf(approval, draft) : null;
  const changed = useJustChanged(approval.hash);
  const ready = busy === null && !changed && (open !== "edit" || edited !== null);
  const denying = useRef<HTMLButtonElement>(null);
  const editing = useRef<HTMLButtonElement>(null);
  const before = useRef(open);
  useEffect(() => {
    if (open === null) (before.current === "edit" ? editing : before.current === "deny" ? denying : null)?.current?.focus();
    before.current = open;
  }, [open]);
  const approve = () => {
    if (!ready) return;
    void decide({ approved: true, ...(edited === null ? {} : { edited_args: edited }), ...(grant === null ? {} : { grant }) });
  };
  const control = useHold(approve);
  const { act } = control;
  // What was pressed once with other arguments, or before the form was left, has to be meant anew.
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever another one is open
  useEffect(() => act("leave"), [open, act]);
  /** By a key that cannot be held, or that may be: then `until` is the key whose release ends it. */
  const press = (until?: string) => {
    if (!ready) return;
    if (!hold) return approve();
    control.act("press");
    if (until === undefined) return control.act("release");
    const up = (released: KeyboardEvent) => {
      if (released.key.toLowerCase() !== until.toLowerCase()) return;
      removeEventListener("keyup", up);
      control.act("release");
    };
    addEventListener("keyup", up);
  };

  useShortcuts([
    {
      keys: "a",
      label: hold ? "Approve: hold it, or press it twice" : "Approve",
      group: "Approvals",
      run: (event) => {
        if (!event.repeat && open === null) press(event.key);
      },
    },
    { keys: "r", label: "Deny with a reason", group: "Approvals", run: () => onOpen("deny") },
    ...(editable ? [{ keys: "e", label: "Edit the arguments", group: "Approvals", run: () => onOpen("edit") }] : []),
    ...(grantable
      ? [{ keys: "Shift+A", label: "Approve, and do not ask again", group: "Approvals", run: () => setMenu(true) }]
      : []),
    ...(open === null && control.kind === "armed"
      ? [{ keys: "Escape", label: "Do not approve yet", group: "Approvals", run: () => control.act("leave") }]
      : []),
    ...(open === null
      ? []
      : [{ keys: "Escape", label: "Back to the call", group: "Approvals", whileTyping: true, run: () => onOpen(null) }]),
    ...(open === "edit"
      ? [
          {
            keys: "mod+enter",
            label: "Approve with changes",
            group: "Approvals",
            whileTyping: true,
            run: (event: KeyboardEvent) => {
              if (!event.repeat) press();
            },
          },
        ]
      : []),
  ]);

  if (open === "deny")
    return (
      <Denial
        approval={approval}
        busy={busy === "deny"}
        onDeny={(reason) => void decide({ approved: false, reason })}
        onClose={() => onOpen(null)}
      />
    );
  const word = open === "edit" ? "Approve with changes" : approveWord(approval);
  const key = open === "edit" ? "mod+Enter" : "a";
  return (
    <>
      {grant !== null && (
        <p className={styles.grant}>
          With it: {grantText(grant, approval)}
          <IconButton size="small" label="Without it" icon={<X size={14} />} onClick={() => setGrant(null)} />
        </p>
      )}
      <div className={styles.acts}>
        {hold ? (
          <HoldButton control={control} label={word} hotkey={key} busy={busy === "approve"} disabled={!ready} />
        ) : (
          <Button look="ink" hotkey={key} busy={busy === "approve"} disabled={!ready} onClick={approve}>
            {word}
          </Button>
        )}
        {open === "edit" ? (
          <>
            <Button hotkey="Escape" onClick={() => onOpen(null)}>
              Back
            </Button>
            {draft.value !== undefined && (
              <Button look="bare" onClick={() => draft.change(undefined)}>
                As it was asked
              </Button>
            )}
          </>
        ) : (
          <>
            <Button ref={denying} hotkey="r" disabled={busy !== null} onClick={() => onOpen("deny")}>
              {kindOf(approval) === "uncertain" ? "It has happened…" : "Deny…"}
            </Button>
            {editable && (
              <Button
                ref={editing}
                icon={<Pencil size={14} />}
                hotkey="e"
                disabled={busy !== null}
                onClick={() => onOpen("edit")}
              >
                Edit…
              </Button>
            )}
          </>
        )}
        {grantable && (
          <Menu
            label="Approve, and do not ask again"
            open={menu}
            onOpenChange={setMenu}
            align="end"
            trigger={
              <Button look="bare" icon={<ChevronDown size={14} />}>
                Do not ask again
              </Button>
            }
            items={grantChoices().map((choice) => ({
              label: sentence(grantText(choice, approval)),
              checked: grant !== null && JSON.stringify(choice) === JSON.stringify(grant),
              onSelect: () => setGrant(choice),
            }))}
          />
        )}
        {hold && <p className={styles.hint}>Hold it, or press it twice: {graveness(approval)}.</p>}
      </div>
      {!editable && kindOf(approval) !== "uncertain" && (
        <p className={styles.hint}>
          It holds a number that a browser cannot send exactly. To edit it:{" "}
          <code>flowforge approvals approve {shortId(approval.id)} --edit …</code>
        </p>
      )}
    </>
  );
}

function approveWord(approval: Approval): string {
  const kind = kindOf(approval);
  return kind === "uncertain" ? "Call it again" : kind === "budget" ? "Raise it" : "Approve";
}

function sentence(words: string): string {
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}

import { useState } from "react";
import { api, ask, setCsrfToken } from "../../api/client";
import { ownSession } from "../../people/queries";
import { Button } from "../../ui/Button";
import { TextField } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { CopyButton } from "../../ui/Snippet";
import { useAct } from "../../ui/useAct";
import { Panel, Part } from "../Part";
import { ShownOnce } from "../ShownOnce";
import { QrCode } from "./QrCode";
import { atPassword } from "./refused";
import styles from "./SecondFactor.module.css";

type Step = "begin" | { secret: string | null; url: string | null } | { codes: (string | null)[] } | "remove" | "renew" | null;

/** A code of an app beside the password. */
export function SecondFactor({ on }: { on: boolean }) {
  const [step, setStep] = useState<Step>(null);
  const close = () => setStep(null);
  return (
    <Part
      title="Second factor"
      about="A code of an app on your phone beside the password. Whoever has only one of the two stays out."
    >
      <Panel>
        <div className={styles.state}>
          <p>{on ? "✓ On. Every sign-in asks for a code." : "Off. The password alone lets you in."}</p>
          {on ? (
            <span className={styles.acts}>
              <Button onClick={() => setStep("renew")}>New recovery codes</Button>
              <Button look="danger" onClick={() => setStep("remove")}>
                Take it away
              </Button>
            </span>
          ) : (
            <Button look="ink" onClick={() => setStep("begin")}>
              Set it up
            </Button>
          )}
        </div>
      </Panel>
      {step === "begin" && <Begin onClose={close} onBegun={setStep} />}
      {step !== null && typeof step === "object" && "secret" in step && (
        <Confirm of={step} onClose={close} onConfirmed={(codes) => setStep({ codes })} />
      )}
      {step !== null && typeof step === "object" && "codes" in step && (
        <ShownOnce
          title="Recovery codes"
          about="Each lets you in once without the app. Keep them where you keep your passwords, not on the phone."
          value={step.codes.some((code) => code === null) ? null : step.codes.join("\n")}
          onClose={close}
        />
      )}
      {step === "renew" && <Renew onClose={close} onMade={(codes) => setStep({ codes })} />}
      {step === "remove" && <Remove onClose={close} />}
    </Part>
  );
}

function Begin({
  onClose,
  onBegun,
}: {
  onClose: () => void;
  onBegun: (made: { secret: string | null; url: string | null }) => void;
}) {
  const begin = useAct((password: string) => ask(api.POST("/v1/account/totp", { body: { password } })).catch(atPassword));
  return (
    <WithPassword
      title="Set up a second factor"
      submit="Go on"
      act={begin}
      onClose={onClose}
      onDone={(made) => onBegun({ secret: made.secret, url: made.url })}
    />
  );
}

function Confirm({
  of: made,
  onClose,
  onConfirmed,
}: {
  of: { secret: string | null; url: string | null };
  onClose: () => void;
  onConfirmed: (codes: (string | null)[]) => void;
}) {
  const [code, setCode] = useState("");
  const confirm = useAct(
    () => ask(api.PUT("/v1/account/totp", { body: { code: code.replaceAll(/\s/g, "") } })),
    ownSession.queryKey,
    ["sessions"],
  );
  return (
    <FormDialog
      title="Scan this with the app"
      submit="Switch it on"
      busy={confirm.busy}
      problem={confirm.problem}
      fields={["/code"]}
      disabled={code.trim() === ""}
      onClose={onClose}
      onSubmit={async () => {
        const done = await confirm.run(undefined);
        if (done === undefined) return;
        setCsrfToken(done.csrf_token);
        onConfirmed(done.recovery_codes);
      }}
    >
      {made.url !== null && made.secret !== null && (
        <div className={styles.enrol}>
          <QrCode text={made.url} label="QR code for the app" />
          <div className={styles.byHand}>
            <p className="quiet">Or write this into the app by hand:</p>
            <p className={styles.secret}>
              <code>{made.secret.match(/.{1,4}/g)?.join(" ")}</code>
              <CopyButton text={made.secret} label="Copy the key" />
            </p>
          </div>
        </div>
      )}
      <TextField
        label="The code that the app shows now"
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={12}
        value={code}
        error={confirm.problem?.fault("/code")}
        onChange={(event) => setCode(event.target.value)}
      />
    </FormDialog>
  );
}

function Renew({ onClose, onMade }: { onClose: () => void; onMade: (codes: (string | null)[]) => void }) {
  const renew = useAct((password: string) =>
    ask(api.POST("/v1/account/recovery_codes", { body: { password } })).catch(atPassword),
  );
  return (
    <WithPassword
      title="New recovery codes"
      about="The ones before are void then."
      submit="Make them"
      act={renew}
      onClose={onClose}
      onDone={(made) => onMade(made.recovery_codes)}
    />
  );
}

function Remove({ onClose }: { onClose: () => void }) {
  const remove = useAct(
    (password: string) => ask(api.POST("/v1/account/totp/removals", { body: { password } })).catch(atPassword),
    ownSession.queryKey,
    ["sessions"],
  );
  return (
    <WithPassword
      title="Take the second factor away"
      about="The password alone lets you in then. Your other sessions end, and the recovery codes are void."
      submit="Take it away"
      danger
      act={remove}
      onClose={onClose}
      onDone={(made) => {
        setCsrfToken(made.csrf_token);
        onClose();
      }}
    />
  );
}

type WithPasswordProps<Out> = {
  title: string;
  about?: string;
  submit: string;
  danger?: boolean;
  act: ReturnType<typeof useAct<string, Out>>;
  onClose: () => void;
  onDone: (out: Out) => void;
};

/** A browser that was left open is not enough for this: the password is asked for again. */
function WithPassword<Out>({ title, about, submit, danger, act, onClose, onDone }: WithPasswordProps<Out>) {
  const [password, setPassword] = useState("");
  return (
    <FormDialog
      title={title}
      description={about}
      submit={submit}
      danger={danger}
      size="small"
      busy={act.busy}
      problem={act.problem}
      fields={["/password"]}
      disabled={password === ""}
      onClose={onClose}
      onSubmit={async () => {
        const out = await act.run(password);
        if (out !== undefined) onDone(out);
      }}
    >
      <TextField
        label="Your password"
        type="password"
        autoComplete="current-password"
        value={password}
        error={act.problem?.fault("/password")}
        onChange={(event) => setPassword(event.target.value)}
      />
    </FormDialog>
  );
}

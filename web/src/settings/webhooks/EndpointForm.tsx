import { useState } from "react";
import { api, ask } from "../../api/client";
import { TextField } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { useAct } from "../../ui/useAct";
import styles from "./EndpointForm.module.css";
import { ENDPOINTS, type Endpoint, NAMES } from "./queries";

/** A new endpoint, or with `of` one that is changed. */
export function EndpointForm({
  of: one,
  onClose,
  onMade,
}: {
  of?: Endpoint;
  onClose: () => void;
  onMade?: (made: { url: string; secret: string | null }) => void;
}) {
  const [url, setUrl] = useState(one?.url ?? "");
  const [description, setDescription] = useState(one?.description ?? "");
  const [events, setEvents] = useState(one?.events ?? ["run.failed", "approval.*"]);
  const body = { url: url.trim(), description, events };
  const save = useAct(async () => {
    if (one !== undefined) {
      await ask(api.PATCH("/v1/webhook_endpoints/{endpoint}", { params: { path: { endpoint: one.id } }, body }));
      return onClose();
    }
    onMade?.(await ask(api.POST("/v1/webhook_endpoints", { body })));
  }, ENDPOINTS);
  const fault = (pointer: string) => save.problem?.errors.find((each) => each.pointer?.startsWith(pointer))?.detail;
  return (
    <FormDialog
      title={one === undefined ? "New endpoint" : "Change the endpoint"}
      submit={one === undefined ? "Add it" : "Save"}
      busy={save.busy}
      problem={save.problem}
      fields={save.problem?.errors.map((each) => each.pointer ?? "").filter((each) => /^\/(url|description|events)/.test(each))}
      disabled={url.trim() === "" || events.length === 0}
      onClose={onClose}
      onSubmit={() => void save.run(undefined)}
    >
      <TextField
        label="Address"
        hint="http or https, in public; redirects are not followed"
        className="mono"
        placeholder="https://hooks.example.com/flowforge"
        spellCheck={false}
        value={url}
        maxLength={2000}
        error={fault("/url")}
        onChange={(event) => setUrl(event.target.value)}
      />
      <TextField
        label="What it is for"
        value={description}
        maxLength={500}
        error={fault("/description")}
        onChange={(event) => setDescription(event.target.value)}
      />
      <Hears value={events} onChange={setEvents} error={fault("/events")} />
    </FormDialog>
  );
}

/** Names, families, or everything. */
function Hears({ value, onChange, error }: { value: string[]; onChange: (events: string[]) => void; error?: string }) {
  const all = value.includes("*");
  const set = (name: string, on: boolean) => onChange(on ? [...value, name] : value.filter((one) => one !== name));
  return (
    <fieldset className={styles.hears}>
      <legend className={styles.legend}>It hears</legend>
      <label className={styles.name}>
        <input type="checkbox" checked={all} onChange={(event) => onChange(event.target.checked ? ["*"] : [])} />
        everything, also what later versions tell
      </label>
      {Object.entries(NAMES).map(([family, names]) => {
        const whole = all || value.includes(`${family}.*`);
        return (
          <div key={family} className={styles.family}>
            <label className={styles.name}>
              <input
                type="checkbox"
                checked={whole}
                disabled={all}
                onChange={(event) =>
                  onChange([
                    ...value.filter((one) => !one.startsWith(`${family}.`)),
                    ...(event.target.checked ? [`${family}.*`] : []),
                  ])
                }
              />
              {family.replace("_", " ")}
            </label>
            <span className={styles.names}>
              {names.map((name) => (
                <label key={name} className={styles.name}>
                  <input
                    type="checkbox"
                    aria-label={`${family} ${name}`}
                    checked={whole || value.includes(`${family}.${name}`)}
                    disabled={whole}
                    onChange={(event) => set(`${family}.${name}`, event.target.checked)}
                  />
                  {name}
                </label>
              ))}
            </span>
          </div>
        );
      })}
      {error !== undefined && <p className={styles.error}>✗ {error}</p>}
    </fieldset>
  );
}

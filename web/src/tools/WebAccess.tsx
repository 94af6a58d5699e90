import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Problem } from "../api/problem";
import { may } from "../session";
import { Ago } from "../ui/Ago";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { SelectField, TextArea, TextField } from "../ui/Field";
import { Skeleton } from "../ui/Skeleton";
import styles from "./Form.module.css";
import { type WebAccess as Settings, setWebAccess, type WebAccessIn, webAccess } from "./queries";
import { SecretField } from "./SecretField";
import own from "./WebAccess.module.css";

const PROVIDERS: Record<string, string> = { brave: "Brave", tavily: "Tavily", searxng: "SearXNG, a server of your own" };

/** Where agents may look on the web, and who searches it for them. */
export function WebAccess() {
  const { data, error, refetch } = useQuery({ ...webAccess, refetchOnMount: "always" });
  if (data !== undefined) return <Form key={data.revision} settings={data} />;
  return error ? <Failure reason={error} retry={() => void refetch()} /> : <Skeleton lines={5} label="Loading the settings" />;
}

function Form({ settings }: { settings: Settings }) {
  const client = useQueryClient();
  const search = (settings.search ?? {}) as { kind?: string; secret?: string; url?: string };
  const [everywhere, setEverywhere] = useState(settings.allow === null);
  const [allow, setAllow] = useState((settings.allow ?? []).join("\n"));
  const [kind, setKind] = useState(search.kind ?? "");
  const [secret, setSecret] = useState(search.secret ?? "");
  const [url, setUrl] = useState(search.url ?? "");
  const body: WebAccessIn = {
    allow: everywhere ? null : hostsOf(allow),
    search: kind === "" ? null : ({ kind, ...(secret ? { secret } : {}), ...(url ? { url } : {}) } as WebAccessIn["search"]),
  };
  const saving = useMutation({
    mutationFn: () => setWebAccess(body, settings.revision),
    onSuccess: (saved) => client.setQueryData(webAccess.queryKey, saved),
  });
  const problem = saving.error instanceof Problem ? saving.error : null;
  const mayWrite = may("tools:write");
  const allowFault = problem?.errors.find((one) => one.pointer?.startsWith("/allow"))?.detail;
  return (
    <form
      className={own.web}
      onSubmit={(event) => {
        event.preventDefault();
        saving.mutate();
      }}
    >
      <fieldset disabled={!mayWrite} className={styles.form}>
        <p className="quiet">
          What agents may reach on the web with <code>http_get</code>, <code>http_request</code> and <code>web_search</code>. An
          address can carry data away: name the hosts where that matters. What the operator of the server refuses is refused all
          the same.
        </p>
        <SelectField
          label="Where agents may call"
          value={everywhere ? "all" : "some"}
          onChange={(event) => setEverywhere(event.target.value === "all")}
        >
          <option value="all">every public address</option>
          <option value="some">these hosts only</option>
        </SelectField>
        {!everywhere && (
          <TextArea
            label="Hosts"
            code
            rows={5}
            placeholder={"docs.example.com\n*.example.org"}
            hint="One on each line. None at all: they may call nobody."
            value={allow}
            error={allowFault}
            onChange={(event) => setAllow(event.target.value)}
          />
        )}
        <SelectField
          label="Who searches for them"
          value={kind}
          error={problem?.fault("/search")}
          onChange={(event) => setKind(event.target.value)}
        >
          <option value="">nobody: web_search is refused</option>
          {Object.entries(PROVIDERS).map(([name, words]) => (
            <option key={name} value={name}>
              {words}
            </option>
          ))}
        </SelectField>
        {kind !== "" && (
          <SecretField
            label={kind === "searxng" ? "Secret with a bearer token (optional)" : "Secret with its key"}
            value={secret}
            error={problem?.fault("/search/secret")}
            onChange={setSecret}
          />
        )}
        {kind !== "" && (
          <TextField
            label={kind === "searxng" ? "Its address" : "Address (optional)"}
            type="url"
            placeholder={kind === "searxng" ? "https://searx.example.com" : "the provider's own"}
            value={url}
            error={problem?.fault("/search/url")}
            onChange={(event) => setUrl(event.target.value)}
          />
        )}
      </fieldset>
      {saving.error !== null && <Failure reason={saving.error} />}
      <div className={own.end}>
        {mayWrite ? (
          <Button look="ink" type="submit" busy={saving.isPending}>
            Save
          </Button>
        ) : (
          <p className="faint">Changing this takes the permission tools:write.</p>
        )}
        <span className="faint" role="status">
          {settings.updated_at === null ? (
            "Nobody has set anything yet."
          ) : (
            <>
              Set <Ago at={settings.updated_at} />, from the next call on.
            </>
          )}
        </span>
      </div>
    </form>
  );
}

function hostsOf(text: string): string[] {
  return text
    .split(/[\s,]+/)
    .map((one) => one.trim())
    .filter((one) => one !== "");
}

import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask, type Schema } from "../api/client";
import { may } from "../session";
import { Ago } from "../ui/Ago";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { TextField } from "../ui/Field";
import { Skeleton } from "../ui/Skeleton";
import { useAct } from "../ui/useAct";
import { Wrong } from "../ui/Wrong";
import { Fields, Panel, Part } from "./Part";
import { useUnkept } from "./useUnkept";

type Retention = Schema<"RetentionOut">;
type Name = "runs" | "events" | "frames" | "usage";

const WHAT: { name: Name; label: string; hint: string }[] = [
  { name: "runs", label: "Finished runs", hint: "With their steps, outputs and approvals, counted from their end" },
  { name: "events", label: "Events", hint: "Counted from their arrival" },
  { name: "frames", label: "Live streams", hint: "Of finished runs, which keep their steps" },
  { name: "usage", label: "What model calls cost", hint: "Empty keeps it for ever; it holds no content" },
];

const retention = queryOptions({ queryKey: ["retention"], queryFn: ({ signal }) => ask(api.GET("/v1/retention", { signal })) });

/** How long what has happened is kept. */
export default function RetentionSection() {
  useUnkept(retention.queryKey);
  const { data, error, refetch } = useQuery(retention);
  return (
    <Part
      title="Retention"
      about="What is older is deleted for good, about once an hour. Open runs keep what they need; cards, agents and the audit log are not touched."
    >
      {data !== undefined ? (
        <Form key={JSON.stringify(data)} of={data} />
      ) : error ? (
        <Failure reason={error} retry={() => void refetch()} />
      ) : (
        <Skeleton lines={4} />
      )}
    </Part>
  );
}

function Form({ of: kept }: { of: Retention }) {
  const client = useQueryClient();
  const [written, setWritten] = useState<Record<Name, string>>({
    runs: kept.runs,
    events: kept.events,
    frames: kept.frames,
    usage: kept.usage ?? "",
  });
  const changed = WHAT.filter(({ name }) => written[name].trim() !== (kept[name] ?? ""));
  const save = useAct(async () => {
    const body = Object.fromEntries(changed.map(({ name }) => [name, written[name].trim() || (name === "usage" ? null : "")]));
    client.setQueryData(retention.queryKey, await ask(api.PATCH("/v1/retention", { body })));
  });
  const shorter = changed.some(({ name }) => isShorter(written[name], kept[name]));
  const mayWrite = may("retention:write");
  return (
    <Panel>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save.run(undefined);
        }}
        style={{ display: "grid", gap: 16 }}
        noValidate
      >
        <Fields>
          {WHAT.map(({ name, label, hint }) => (
            <TextField
              key={name}
              label={label}
              hint={hint}
              placeholder={name === "usage" ? "for ever" : "30d"}
              className="number"
              value={written[name]}
              readOnly={!mayWrite}
              error={save.problem?.fault(`/${name}`)}
              onChange={(event) => setWritten({ ...written, [name]: event.target.value })}
            />
          ))}
        </Fields>
        <Wrong problem={save.problem} fields={WHAT.map(({ name }) => `/${name}`)} />
        {shorter && <p role="status">What is older than that is deleted at the next sweep, and does not come back.</p>}
        <div style={{ display: "flex", flexWrap: "wrap", alignItems: "center", gap: 12 }}>
          {mayWrite && (
            <Button type="submit" look="ink" busy={save.busy} disabled={changed.length === 0}>
              Save
            </Button>
          )}
          <span className="faint">
            {kept.swept_at === null ? (
              "Not swept yet"
            ) : (
              <>
                Swept <Ago at={kept.swept_at} />
              </>
            )}
            {" · durations are written 36h, 30d"}
          </span>
        </div>
      </form>
    </Panel>
  );
}

const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** Whether less is kept than before; what cannot be read is not. */
function isShorter(after: string, before: string | null): boolean {
  const read = (text: string | null) => {
    if (text === null || text.trim() === "") return Number.POSITIVE_INFINITY;
    const parts = [...text.matchAll(/(\d+)\s*([smhdw])/g)];
    return parts.length === 0
      ? Number.NaN
      : parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (SECONDS[unit ?? ""] ?? 0), 0);
  };
  return read(after) < read(before);
}

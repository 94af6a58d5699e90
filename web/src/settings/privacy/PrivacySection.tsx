import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";
import { useState } from "react";
import { api, ask, writeHeaders } from "../../api/client";
import { Problem } from "../../api/problem";
import { may } from "../../session";
import { Ago } from "../../ui/Ago";
import { Button, IconButton } from "../../ui/Button";
import { TextField } from "../../ui/Field";
import { saveAs } from "../../ui/save";
import { useAct } from "../../ui/useAct";
import { usePages } from "../../ui/usePages";
import { Wrong } from "../../ui/Wrong";
import { Panel, Part } from "../Part";
import { PagedTable } from "../Table";
import { useUnkept } from "../useUnkept";
import { FoundReport } from "./FoundReport";
import styles from "./PrivacySection.module.css";
import { ERASURES, type Erasure, erasure, fetchErasures, type Match } from "./queries";
import { inWords } from "./words";

type Line = { id: number; value: string; path: string };

/** What is held about one person: found, handed out, erased. */
export default function PrivacySection() {
  useUnkept(ERASURES);
  const [shown, setShown] = useState<string | null>(null);
  return (
    <>
      <About onLooked={(made) => setShown(made.id)} />
      {shown !== null && <Report key={shown} id={shown} onClose={() => setShown(null)} />}
      <Record onShow={setShown} shown={shown} />
    </>
  );
}

/** Whose data it is about, and what is to be done. Looking changes nothing. */
function About({ onLooked }: { onLooked: (made: Erasure) => void }) {
  const client = useQueryClient();
  const [lines, setLines] = useState<Line[]>([{ id: 0, value: "", path: "" }]);
  const match: Match[] = lines
    .filter((line) => line.value.trim() !== "")
    .map(({ value, path }) => ({ value: value.trim(), path: path.trim() === "" ? null : path.trim() }));
  const look = useAct(() => ask(api.POST("/v1/erasures", { body: { match } })));
  const take = useAct(() => exportSubject(match));
  const change = (id: number, part: Partial<Line>) =>
    setLines(lines.map((line) => (line.id === id ? { ...line, ...part } : line)));
  const problem = look.problem ?? take.problem;
  return (
    <Part
      title="What is held about a person"
      about="A value is found wherever it stands whole: in runs, events, cards, comments, the audit log. Name everything that identifies the person."
    >
      <Panel>
        <form
          className={styles.form}
          noValidate
          onSubmit={async (event) => {
            event.preventDefault();
            const made = await look.run(undefined);
            if (made === undefined) return;
            client.setQueryData(erasure(made.id).queryKey, made);
            void client.invalidateQueries({ queryKey: [...ERASURES, "list"] });
            onLooked(made);
          }}
        >
          {lines.map((line, index) => (
            <div key={line.id} className={styles.line}>
              <TextField
                label="Value"
                labelHidden={index > 0}
                placeholder="mira@example.org"
                autoComplete="off"
                value={line.value}
                maxLength={500}
                error={problem?.fault(`/match/${index}/value`)}
                onChange={(event) => change(line.id, { value: event.target.value })}
              />
              <TextField
                label="Only in this field"
                labelHidden={index > 0}
                placeholder="anywhere, or data.customer_id"
                autoComplete="off"
                spellCheck={false}
                value={line.path}
                maxLength={500}
                error={problem?.fault(`/match/${index}/path`)}
                onChange={(event) => change(line.id, { path: event.target.value })}
              />
              <IconButton
                label={`Take line ${index + 1} away`}
                icon={<X size={14} />}
                disabled={lines.length === 1}
                onClick={() => setLines(lines.filter((one) => one.id !== line.id))}
              />
            </div>
          ))}
          <Wrong problem={problem} fields={lines.flatMap((_, index) => [`/match/${index}/value`, `/match/${index}/path`])} />
          <div className={styles.acts}>
            <Button
              look="bare"
              icon={<Plus size={14} />}
              onClick={() => setLines([...lines, { id: Math.max(...lines.map((line) => line.id)) + 1, value: "", path: "" }])}
            >
              Another value
            </Button>
            <span className={styles.gap} />
            {may("privacy:export") && (
              <Button busy={take.busy} disabled={match.length === 0} onClick={() => void take.run(undefined)}>
                Export a copy
              </Button>
            )}
            <Button type="submit" look="ink" busy={look.busy} disabled={match.length === 0}>
              Look what there is
            </Button>
          </div>
        </form>
      </Panel>
    </Part>
  );
}

function Report({ id, onClose }: { id: string; onClose: () => void }) {
  const { data } = useQuery(erasure(id));
  return data === undefined ? null : <FoundReport of={data} onClose={onClose} />;
}

/** Erasures so far. Whom they were about is not kept. */
function Record({ onShow, shown }: { onShow: (id: string) => void; shown: string | null }) {
  const pages = usePages([...ERASURES, "list"], fetchErasures);
  return (
    <Part title="On record" about="What was looked for and erased: how much, by whom and when, and not about whom.">
      <PagedTable
        label="Erasures"
        pages={pages}
        rowKey={(one) => one.id}
        columns={[
          { head: "When", cell: (one) => <Ago at={one.created_at} /> },
          { head: "By", cell: (one) => one.by },
          { head: "Chosen by", cell: (one) => one.match.join(", "), wideOnly: true },
          { head: "State", cell: inWords },
        ]}
        acts={(one) => (
          <Button size="small" look="bare" disabled={one.id === shown} onClick={() => onShow(one.id)}>
            Show
          </Button>
        )}
        empty={<p className="faint">Nothing was erased so far.</p>}
      />
    </Part>
  );
}

/** The copy comes as lines of JSON; its last line says how many there were, so that a cut one is known. */
async function exportSubject(match: Match[]): Promise<void> {
  const answer = await fetch("/v1/subject_exports", {
    method: "POST",
    headers: { "content-type": "application/json", ...writeHeaders() },
    body: JSON.stringify({ match }),
  }).catch(() => {
    throw Problem.unreachable();
  });
  if (!answer.ok) throw new Problem(answer.status, (await answer.json().catch(() => ({}))) as Record<string, unknown>);
  saveAs("subject.jsonl", await answer.blob());
}

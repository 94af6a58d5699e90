import { useNavigate, useSearch } from "@tanstack/react-router";
import { UserPlus } from "lucide-react";
import { useState } from "react";
import { may, session } from "../session";
import { Part } from "../settings/Part";
import { ShownOnce } from "../settings/ShownOnce";
import { PagedTable } from "../settings/Table";
import { useUnkept } from "../settings/useUnkept";
import { Ago } from "../ui/Ago";
import { Avatar } from "../ui/Avatar";
import { Button } from "../ui/Button";
import { Chip } from "../ui/Chip";
import { Empty } from "../ui/Empty";
import { usePages } from "../ui/usePages";
import { Assignable } from "./Assignable";
import { Invitations } from "./Invitations";
import { Invite } from "./Invite";
import styles from "./PeopleSection.module.css";
import { PersonActs } from "./PersonActs";
import { fetchPeople, PEOPLE, type Person } from "./queries";
import { ROLES } from "./roles";

/** Who can sign in and what they may, who is invited, and who has cards without an account. */
export default function PeopleSection() {
  const search = useSearch({ from: "/settings/$section" });
  const navigate = useNavigate();
  const [link, setLink] = useState<{ email: string; link: string | null } | null>(null);
  useUnkept(PEOPLE);
  const people = usePages(PEOPLE, fetchPeople);
  const write = may("people:write");
  const setNew = (open: boolean) => void navigate({ to: ".", search: { new: open ? "1" : undefined }, replace: true });

  return (
    <>
      <Part
        title="People"
        about="Who can sign in here, and what they may do."
        aside={
          write && (
            <Button look="ink" icon={<UserPlus size={14} />} onClick={() => setNew(true)}>
              Invite somebody
            </Button>
          )
        }
      >
        <PagedTable
          label="People"
          pages={people}
          rowKey={(person) => person.id}
          isFaint={(person) => person.disabled_at !== null}
          columns={[
            { head: "Name", cell: (person) => <Name of={person} /> },
            { head: "Role", cell: (person) => <span title={ROLES[person.role].may}>{ROLES[person.role].label}</span> },
            {
              head: "Second factor",
              cell: (person) => (person.second_factor ? "✓ on" : <span className="faint">off</span>),
              wideOnly: true,
            },
            { head: "Since", cell: (person) => <Ago at={person.created_at} />, align: "end" },
          ]}
          acts={write ? (person) => <PersonActs of={person} onReset={setLink} /> : undefined}
          empty={
            <Empty title="Nobody has an account here" command="flowforge people invite mira@example.org --role admin">
              {session().me.csrf_token === null
                ? "This server is open to its own machine, so nobody has to sign in. Accounts matter once others reach it."
                : "Invite whoever works here."}
            </Empty>
          }
        />
        <dl className={styles.roles}>
          {Object.values(ROLES).map((role) => (
            <div key={role.label}>
              <dt>{role.label}</dt>
              <dd className="quiet">{role.may}</dd>
            </div>
          ))}
        </dl>
      </Part>
      {write && <Invitations />}
      <Assignable />
      {search.new !== undefined && write && (
        <Invite
          onClose={() => setNew(false)}
          onMade={(made) => {
            setNew(false);
            setLink(made);
          }}
        />
      )}
      {link !== null && (
        <ShownOnce
          title={`The link for ${link.email}`}
          about="Hand it on yourself: nothing is mailed. Whoever opens it first is let in, so send it where only they read."
          value={link.link}
          onClose={() => setLink(null)}
        />
      )}
    </>
  );
}

function Name({ of: person }: { of: Person }) {
  return (
    <span className={styles.name}>
      <Avatar name={person.name} kind="person" size={24} />
      <span className={styles.words}>
        <span>
          {person.name} {person.operator && <Chip title="May do what concerns the whole server">operator</Chip>}{" "}
          {person.disabled_at !== null && <Chip tone="failed">cannot sign in</Chip>}
        </span>
        <span className="faint">{person.email}</span>
      </span>
    </span>
  );
}

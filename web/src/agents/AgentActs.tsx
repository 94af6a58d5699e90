import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Archive, ArchiveRestore, Copy, MoreHorizontal, Pause, Play, Plus, Trash2 } from "lucide-react";
import { Suspense, useState } from "react";
import { api, ask } from "../api/client";
import { useShortcuts } from "../keys/shortcuts";
import { may } from "../session";
import { lazyPart } from "../shell/part";
import { Button, IconButton } from "../ui/Button";
import { copyText } from "../ui/copy";
import { Menu } from "../ui/Menu";
import { tell } from "../ui/tell";
import { type Agent, takeAgent } from "./agent_queries";

const AssignTask = lazyPart(() => import("./AssignTask"));
const PauseAgent = lazyPart(() => import("./PauseAgent"));
const ArchiveAgent = lazyPart(() => import("./ArchiveAgent"));
const DeleteAgent = lazyPart(() => import("./DeleteAgent"));

const route = getRouteApi("/agents/$name");

type Asked = "assign" | "pause" | "archive" | "delete" | null;

/** What can be done with the agent as a whole. */
export function AgentActs({ agent }: { agent: Agent }) {
  const client = useQueryClient();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [opened, setAsked] = useState<Asked>(null);
  // Also from a link: `?new=1`.
  const asked = opened ?? (search.new === undefined ? null : "assign");
  const writes = may("agents:write");
  const assigns = may("tasks:write") && agent.archived_at === null;
  const paused = agent.paused_at !== null;
  const close = () => {
    setAsked(null);
    if (search.new !== undefined) void navigate({ search: (held) => ({ ...held, new: undefined }), replace: true });
  };
  const path = { agent: agent.name };

  const resume = useMutation({
    mutationFn: () => ask(api.POST("/v1/agents/{agent}/resume", { params: { path } })),
    onSuccess: (fresh) => takeAgent(client, fresh),
    onError: tell(`${agent.name} is still paused`),
  });
  const unarchive = useMutation({
    mutationFn: () => ask(api.POST("/v1/agents/{agent}/unarchive", { params: { path } })),
    onSuccess: (fresh) => takeAgent(client, fresh),
    onError: tell(`${agent.name} is still archived`),
  });
  const turn = () => (paused ? resume.mutate() : setAsked("pause"));
  useShortcuts([
    ...(assigns ? [{ keys: "c", label: "Assign a task", group: "Agent", run: () => setAsked("assign") }] : []),
    ...(writes && agent.archived_at === null
      ? [{ keys: "p", label: paused ? "Resume" : "Pause", group: "Agent", run: turn }]
      : []),
  ]);

  return (
    <>
      {writes && agent.archived_at === null && (
        <Button icon={paused ? <Play size={14} /> : <Pause size={14} />} hotkey="p" busy={resume.isPending} onClick={turn}>
          {paused ? "Resume" : "Pause"}
        </Button>
      )}
      {writes && agent.archived_at !== null && (
        <Button icon={<ArchiveRestore size={14} />} busy={unarchive.isPending} onClick={() => unarchive.mutate()}>
          Take it back
        </Button>
      )}
      {assigns && (
        <Button look="ink" icon={<Plus size={14} />} hotkey="c" onClick={() => setAsked("assign")}>
          Assign task
        </Button>
      )}
      <Menu
        label={`More of ${agent.name}`}
        align="end"
        trigger={<IconButton label={`More of ${agent.name}`} icon={<MoreHorizontal size={16} />} />}
        items={[
          { label: "Copy its id", icon: <Copy size={14} />, hotkey: ".", onSelect: () => void copyText(agent.id) },
          {
            label: "Copy the command that follows it",
            icon: <Copy size={14} />,
            onSelect: () => void copyText(`flowforge agents tail ${agent.name}`),
          },
          ...(writes
            ? [
                "separator" as const,
                ...(agent.archived_at === null
                  ? [{ label: "Archive…", icon: <Archive size={14} />, onSelect: () => setAsked("archive") }]
                  : []),
                {
                  label: "Delete…",
                  icon: <Trash2 size={14} />,
                  danger: true,
                  hint: "Only one that never worked",
                  onSelect: () => setAsked("delete"),
                },
              ]
            : []),
        ]}
      />
      <Suspense fallback={null}>
        {asked === "assign" && assigns && <AssignTask agent={agent} onClose={close} />}
        {asked === "pause" && <PauseAgent agent={agent} onClose={close} />}
        {asked === "archive" && <ArchiveAgent agent={agent} onClose={close} />}
        {asked === "delete" && <DeleteAgent agent={agent} onClose={close} />}
      </Suspense>
    </>
  );
}

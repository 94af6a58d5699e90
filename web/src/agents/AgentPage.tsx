import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import type { Show } from "../live/lines";
import { TranscriptView } from "../live/TranscriptView";
import { useTranscript } from "../live/useTranscript";
import { Page } from "../ui/Page";

export function AgentPage() {
  const { name } = useParams({ from: "/agents/$name" });
  const [show, setShow] = useState<Show>("all");
  const live = useTranscript({ url: `/v1/agents/${name}/stream`, after: 0 });
  return (
    <Page title={name} wide>
      <div style={{ height: 640 }}>
        <TranscriptView live={live} show={show} onShow={setShow} label={`What ${name} does`} separateRuns />
      </div>
    </Page>
  );
}

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Pause, Play } from "lucide-react";
import { useState } from "react";
import { may } from "../session";
import { Button } from "../ui/Button";
import { StateMark } from "../ui/StateMark";
import { tell } from "../ui/tell";
import { PauseDialog } from "./PauseDialog";
import { pauseList, resume } from "./queries";
import { pausedWords } from "./queue_words";

/** Stop everything, or let it go on. */
export function TenantPause() {
  const client = useQueryClient();
  const { data: pauses } = useQuery(pauseList);
  const [asking, setAsking] = useState(false);
  if (pauses === undefined) return null;
  const paused = pauses.find((one) => one.function === null);
  return (
    <>
      {paused !== undefined && <StateMark state="paused" word={pausedWords(paused)} />}
      {may("queue:control") &&
        (paused === undefined ? (
          <Button icon={<Pause size={14} />} onClick={() => setAsking(true)}>
            Pause everything
          </Button>
        ) : (
          <Button icon={<Play size={14} />} onClick={() => void resume(client, null).catch(tell("The tenant is still paused"))}>
            Go on
          </Button>
        ))}
      {asking && <PauseDialog id={null} onClose={() => setAsking(false)} />}
    </>
  );
}

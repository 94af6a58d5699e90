import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import { boardList, oneBoard } from "../../board/queries";
import { may } from "../../session";
import { Button } from "../../ui/Button";
import { Failure } from "../../ui/Failure";
import { SelectField } from "../../ui/Field";
import { Skeleton } from "../../ui/Skeleton";
import { Part } from "../Part";
import { useUnkept } from "../useUnkept";
import { BoardFacts } from "./BoardFacts";
import { BoardFiles } from "./BoardFiles";
import { BoardForm } from "./BoardForm";
import { Columns } from "./Columns";
import { Labels } from "./Labels";
import { PutAway } from "./PutAway";

/** Boards, their columns and labels, and how cards come in and go out. */
export default function BoardSection() {
  const { board: chosen } = useSearch({ from: "/settings/$section" });
  const navigate = useNavigate();
  const [making, setMaking] = useState(false);
  useUnkept(boardList.queryKey);
  const { data, error, refetch } = useQuery(boardList);
  const prefix = (data?.find((one) => one.prefix === chosen) ?? data?.[0])?.prefix;
  const whole = useQuery({ ...oneBoard(prefix ?? ""), enabled: prefix !== undefined });
  if (data === undefined)
    return error ? <Failure reason={error} retry={() => void refetch()} /> : <Skeleton lines={8} label="Loading boards" />;
  const board = whole.data;
  const show = (next: string | undefined) => void navigate({ to: ".", search: { board: next } });
  const write = may("boards:write");
  return (
    <>
      <Part
        title="Boards"
        about="Each has columns, labels and a prefix that its cards' keys begin with."
        aside={
          <>
            {data.length > 1 && (
              <SelectField label="Board" labelHidden value={prefix} onChange={(event) => show(event.target.value)}>
                {data.map((one) => (
                  <option key={one.id} value={one.prefix}>
                    {one.prefix} · {one.name}
                  </option>
                ))}
              </SelectField>
            )}
            {write && (
              <Button icon={<Plus size={14} />} onClick={() => setMaking(true)}>
                New board
              </Button>
            )}
          </>
        }
      >
        {prefix !== undefined &&
          board === undefined &&
          (whole.error ? (
            <Failure reason={whole.error} retry={() => void whole.refetch()} />
          ) : (
            <Skeleton lines={6} label="Loading the board" />
          ))}
        {board !== undefined && <BoardFacts of={board} alone={data.length === 1} onArchived={() => show(undefined)} />}
      </Part>
      {board !== undefined && (
        <>
          <Columns of={board} />
          <Labels of={board} />
          <BoardFiles of={board} />
        </>
      )}
      <PutAway onBack={show} />
      {making && (
        <BoardForm
          onClose={() => setMaking(false)}
          onMade={(made) => {
            setMaking(false);
            show(made);
          }}
        />
      )}
    </>
  );
}

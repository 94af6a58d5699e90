import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { Failure } from "../ui/Failure";
import { Skeleton } from "../ui/Skeleton";
import { ApprovalCard } from "./ApprovalCard";
import type { Approval } from "./approval";
import styles from "./OpenApproval.module.css";
import { oneApproval } from "./queries";

/** The approval that is open: at once as its list holds it, then with what only a single answer tells. */
export function OpenApproval({
  id,
  placeholder,
  onResolved,
  onDecided,
  wide,
}: {
  id: string;
  placeholder?: Approval;
  /** Which one the ending in the address is. */
  onResolved?: (id: string) => void;
  onDecided: (answer: Approval) => void;
  wide: boolean;
}) {
  const { data, error, refetch } = useQuery({ ...oneApproval(id), placeholderData: placeholder });
  const found = data?.id;
  useEffect(() => {
    if (found !== undefined) onResolved?.(found);
  }, [found, onResolved]);
  if (data === undefined)
    return (
      <div className={styles.frame}>
        {error ? <Failure reason={error} retry={() => void refetch()} /> : <Skeleton lines={9} label="Loading the approval" />}
      </div>
    );
  return <ApprovalCard key={data.id} approval={data} onDecided={onDecided} back={!wide} focused={!wide} />;
}

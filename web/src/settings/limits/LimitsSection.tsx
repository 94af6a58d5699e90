import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { may } from "../../session";
import { Failure } from "../../ui/Failure";
import { Skeleton } from "../../ui/Skeleton";
import { Part } from "../Part";
import { useUnkept } from "../useUnkept";
import { Capacities } from "./Capacities";
import styles from "./LimitsSection.module.css";
import { Pauses } from "./Pauses";
import { LIMITS, rateLimits } from "./queries";

/** How fast this tenant may ask, what may run at once, and what is paused. */
export default function LimitsSection() {
  useUnkept(LIMITS);
  return (
    <>
      <Rates />
      <Pauses />
      <Capacities />
      {may("budgets:read") && (
        <Part
          title="Limits of models"
          about="How fast all workers together call a model."
          aside={
            <Link to="/costs" search={{ view: "limits" }}>
              They stand with the costs
            </Link>
          }
        />
      )}
    </>
  );
}

function Rates() {
  const { data, error, refetch } = useQuery(rateLimits);
  return (
    <Part
      title="How fast this tenant may ask"
      about={
        data?.counted === false
          ? "This server is open to its own machine, so nothing is counted; these would hold once it is not."
          : "Beyond these the answer is 429, with when to come back. An operator changes them with: flowforge rates set"
      }
    >
      {data !== undefined ? (
        <dl className={styles.rates}>
          <Rate name="requests a minute" value={data.requests_per_minute} />
          <Rate name="events a minute" value={data.events_per_minute} />
          <Rate name="live streams at once" value={data.streams} />
          <Rate name="of each for one key or person" value={`${Math.round(data.key_share * 100)} %`} />
        </dl>
      ) : error ? (
        <Failure reason={error} retry={() => void refetch()} />
      ) : (
        <Skeleton lines={2} />
      )}
    </Part>
  );
}

function Rate({ name, value }: { name: string; value: number | string }) {
  return (
    <div className={styles.rate}>
      <dt className="faint">{name}</dt>
      <dd className="number">{typeof value === "number" ? value.toLocaleString("en-US") : value}</dd>
    </div>
  );
}

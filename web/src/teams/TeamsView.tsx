/** Teams of agents. */
export default function TeamsView() {
  return <p className="quiet">…</p>;
}

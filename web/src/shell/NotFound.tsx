import { Link } from "@tanstack/react-router";
import { Page } from "../ui/Page";

export function NotFound() {
  return (
    <Page title="Nothing is here">
      <p className="quiet">
        No page has this address. The <Link to="/board">board</Link> is a good place to start, and Ctrl K finds tasks, runs and
        agents by their number or name.
      </p>
    </Page>
  );
}

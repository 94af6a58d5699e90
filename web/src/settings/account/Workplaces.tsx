import type { Schema } from "../../api/client";
import { ROLES } from "../../people/roles";
import { switchTenant } from "../../shell/tenant";
import { Button } from "../../ui/Button";
import { Part } from "../Part";
import { Table } from "../Table";

/** The tenants that the reader works in; one at a time is shown. */
export function Workplaces({ of: { tenant: here, tenants } }: { of: Schema<"SessionOut"> }) {
  return (
    <Part title="Where you work" about="One tenant at a time is shown, in all windows of this browser.">
      <Table
        label="Where you work"
        rows={tenants}
        rowKey={(one) => one.id}
        columns={[
          { head: "Tenant", cell: (one) => one.name },
          { head: "As", cell: (one) => ROLES[one.role].label },
        ]}
        acts={(one) =>
          one.id === here.id ? (
            <span className="faint">you are here</span>
          ) : (
            <Button size="small" onClick={() => switchTenant(one.name)} aria-label={`Go to ${one.name}`}>
              Go there
            </Button>
          )
        }
        empty={null}
      />
    </Part>
  );
}

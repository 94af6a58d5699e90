import { SelectField } from "../ui/Field";
import { ROLE_NAMES, ROLES, type Role } from "./roles";

/** Which role, with what it may said below. */
export function RoleField({ value, onChange, error }: { value: Role; onChange: (role: Role) => void; error?: string }) {
  return (
    <SelectField
      label="Role"
      hint={ROLES[value].may}
      value={value}
      error={error}
      onChange={(event) => onChange(event.target.value as Role)}
    >
      {ROLE_NAMES.map((role) => (
        <option key={role} value={role}>
          {ROLES[role].label}
        </option>
      ))}
    </SelectField>
  );
}

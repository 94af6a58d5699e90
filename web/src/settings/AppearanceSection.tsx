import { useState } from "react";
import { setSingleKeysOff, singleKeysOff } from "../keys/shortcuts";
import { type Density, setDensity, setTheme, type Theme, useLook } from "../shell/theme";
import { CheckField } from "../ui/Field";
import { Kbd } from "../ui/Kbd";
import styles from "./AppearanceSection.module.css";
import { Part } from "./Part";

const THEMES: { value: Theme; label: string; about: string }[] = [
  { value: "system", label: "As the system", about: "Light by day and dark by night, where the machine does so." },
  { value: "light", label: "Light", about: "Always." },
  { value: "dark", label: "Dark", about: "Always." },
];
const DENSITIES: { value: Density; label: string; about: string }[] = [
  { value: "normal", label: "Normal", about: "Room to read." },
  { value: "compact", label: "Compact", about: "More rows on a page." },
];

/** How the pages look and listen in this browser. Nothing of it is sent anywhere. */
export default function AppearanceSection() {
  const look = useLook();
  const [off, setOff] = useState(singleKeysOff);
  return (
    <>
      <Part title="Theme" about="Kept in this browser.">
        <Choice name="theme" options={THEMES} value={look.theme} onChange={setTheme} />
        <p className="faint">
          <Kbd keys="t" /> goes from light to dark on every page.
        </p>
      </Part>
      <Part title="Density">
        <Choice name="density" options={DENSITIES} value={look.density} onChange={setDensity} />
      </Part>
      <Part title="Keys">
        <CheckField
          label="Single keys are off"
          hint="For who dictates to the machine: only keys with Ctrl or ⌘, and Escape, work then."
          checked={off}
          onChange={(event) => {
            setSingleKeysOff(event.target.checked);
            setOff(event.target.checked);
          }}
        />
      </Part>
    </>
  );
}

type ChoiceProps<T extends string> = {
  name: string;
  options: readonly { value: T; label: string; about: string }[];
  value: T;
  onChange: (value: T) => void;
};

function Choice<T extends string>({ name, options, value, onChange }: ChoiceProps<T>) {
  return (
    <div className={styles.choice} role="radiogroup" aria-label={name}>
      {options.map((one) => (
        <label key={one.value} className={styles.option}>
          <input type="radio" name={name} checked={value === one.value} onChange={() => onChange(one.value)} />
          <span>
            <strong>{one.label}</strong>
            <span className="quiet">{one.about}</span>
          </span>
        </label>
      ))}
    </div>
  );
}

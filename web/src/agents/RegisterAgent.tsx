import { Dialog } from "../ui/Dialog";

/** Make a new agent. */
export default function RegisterAgent({ onClose }: { onClose: () => void }) {
  return <Dialog open onClose={onClose} title="Register an agent" />;
}

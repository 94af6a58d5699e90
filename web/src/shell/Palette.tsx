import { Dialog } from "../ui/Dialog";

export function Palette({ onClose }: { onClose: () => void; onKeys: () => void }) {
  return (
    <Dialog open onClose={onClose} title="Search">
      <p className="quiet">…</p>
    </Dialog>
  );
}

export default function PoliciesSection() {
  return null;
}

export default function AccountSection() {
  return null;
}

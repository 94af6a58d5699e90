export default function BoardSection() {
  return null;
}

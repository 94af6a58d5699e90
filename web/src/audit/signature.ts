import { type Bytes, fromHex } from "./bytes";

/** A key that RFC 8032 gives as an example: whoever cannot read it knows no Ed25519. */
const KNOWN_KEY = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

let known: Promise<boolean> | undefined;

/** Whether this browser can check Ed25519 signatures: Chromium from 137 on, Firefox from 129, Safari from 17. */
export function canVerify(): Promise<boolean> {
  known ??= readKey(fromHex(KNOWN_KEY)).then(
    () => true,
    () => false,
  );
  return known;
}

/** Whether the key made the signature; "unchecked" where this browser cannot tell. */
export async function verified(publicKey: Bytes, message: Bytes, signature: Bytes): Promise<boolean | "unchecked"> {
  if (!(await canVerify())) return "unchecked";
  try {
    return await crypto.subtle.verify("Ed25519", await readKey(publicKey), signature, message);
  } catch {
    return false; // the right number of bytes, but no key
  }
}

async function readKey(publicKey: Bytes): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
}

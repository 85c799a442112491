// The digest over the evidence of several hits, as src/contract/decision.ts defines it, with the browser's own SHA-256.

export async function evidenceOf(
  hits: readonly { readonly hitId: string; readonly evidence: string }[],
): Promise<string> {
  const lines = hits.map(({ hitId, evidence }) => `${hitId}:${evidence}\n`).toSorted()
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(lines.join('')))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

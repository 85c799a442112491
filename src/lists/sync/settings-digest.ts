// A digest of the settings that decide which entries a source has: where its list is, what it is asked for, what its codes
// mean. Credentials and times are no part of it, and neither are texts for people.
import { canonicalJson, sha256Hex } from '../../contract/json.ts'
import type { SourceSettings } from '../../settings/source-settings.ts'
import { loadCsvMapping } from '../formats/load-mapping.ts'
import type { IntakeTerms } from '../import/terms.ts'
import type { Scheme } from '../schemes/scheme.ts'

const DIGITS = 16

/** Settings that only some kinds have. */
type OfSomeKinds = Partial<
  Record<'base' | 'path' | 'format' | 'mapping' | 'privacyGroup' | 'since', string> & { complete: boolean }
>
const NONE: OfSomeKinds = {}

export function settingsDigest(source: SourceSettings, terms: IntakeTerms): string {
  const { kind, base, path, format, mapping, privacyGroup, since, complete } = { ...NONE, ...source }
  const { purpose, handling, classification, role } = terms
  const scheme = terms.scheme ?? terms.formatScheme
  const columns = mapping === undefined ? undefined : loadCsvMapping(mapping)
  const place = { kind, base, path, format, columns, privacyGroup, since, complete }
  const meaning = { purpose, handling, classification, role, scheme: scheme && meaningOf(scheme) }
  return sha256Hex(canonicalJson({ place, meaning })).slice(0, DIGITS)
}

/** What a scheme makes of codes, without its titles and explanations. */
const meaningOf = ({ name, purpose, missing, codes }: Scheme): object => ({
  name,
  purpose,
  missing,
  roles: Object.fromEntries(Object.entries(codes).map(([code, { role }]) => [code, role])),
})

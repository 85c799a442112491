// A digest of the settings that decide which entries a source has: where its list is, what it is asked for, what its codes
// mean. Credentials and times are no part of it, and neither are texts for people.
import { canonicalJson, sha256Hex } from '../../contract/json.ts'
import type { SourceSettings } from '../../settings/source-settings.ts'
import { loadCsvMapping } from '../formats/load-mapping.ts'
import type { IntakeTerms } from '../import/terms.ts'
import { loadScheme, schemeNames } from '../schemes/load-scheme.ts'
import type { Scheme } from '../schemes/scheme.ts'

const DIGITS = 16

/** Settings that only some kinds have. */
type OfSomeKinds = Partial<
  Record<'base' | 'path' | 'format' | 'mapping' | 'privacyGroup' | 'since', string> & { complete: boolean }
>
const NONE: OfSomeKinds = {}

/** @param known The schemes that a list may declare by itself. */
export function settingsDigest(
  source: SourceSettings,
  terms: IntakeTerms,
  known: () => readonly Scheme[] = knownSchemes,
): string {
  const { kind, base, path, format, mapping, privacyGroup, since, complete } = { ...NONE, ...source }
  const { purpose, handling, classification, role } = terms
  const { scheme, formatScheme } = terms
  const schemes = scheme ? [scheme] : [...(formatScheme ? [formatScheme] : []), ...known()]
  const columns = mapping === undefined ? undefined : loadCsvMapping(mapping)
  const place = { kind, base, path, format, columns, privacyGroup, since, complete }
  const meaning = { purpose, handling, classification, role, schemes: schemes.map(meaningOf) }
  return sha256Hex(canonicalJson({ place, meaning })).slice(0, DIGITS)
}

const knownSchemes = (): readonly Scheme[] => schemeNames().map(loadScheme)

/** What a scheme makes of codes, without its titles and explanations. */
const meaningOf = ({ name, purpose, format, declaredBy, missing, codes }: Scheme): object => ({
  name,
  purpose,
  format,
  declaredBy,
  missing,
  roles: Object.fromEntries(Object.entries(codes).map(([code, { role }]) => [code, role])),
})

// What a list's format says of how the list is to be understood: beneath what a person says, and what the list declares.
import { formatOf, type FormatName } from '../formats/formats.ts'
import { loadScheme } from '../schemes/load-scheme.ts'
import type { IntakeTerms } from './terms.ts'

/** @param said What a person has said: a scheme, or one class for all files. */
export function formatTerms(
  format: FormatName,
  said: Pick<IntakeTerms, 'scheme' | 'classification'> = {},
): Pick<IntakeTerms, 'format' | 'repeats' | 'needsCodes' | 'formatScheme'> {
  const { repeats, needsCodes, scheme } = formatOf(format)
  const isSaid = said.scheme !== undefined || said.classification !== undefined
  return {
    format,
    repeats,
    ...(needsCodes && { needsCodes }),
    ...(scheme !== undefined && !isSaid && { formatScheme: loadScheme(scheme) }),
  }
}

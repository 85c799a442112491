// What an import makes of a list's files: which are matches, of which class, and what they have in common.
import { checkEntry, type Entry } from '../../contract/known-hash.ts'
import { Rejection } from '../../contract/rejection.ts'
import { degeneracyOf } from '../../hash/degenerate.ts'
import { isHashType } from '../../hash/hash-type.ts'
import type { ListedFile, ListedHash } from '../list-item.ts'
import { schemeDeclaredBy } from '../schemes/load-scheme.ts'
import { decide, type Decision, type Scheme } from '../schemes/scheme.ts'

export type Classification = Entry['classification']

/** The source whose entries are suppressions that people decided on here. No list may take its name. */
export const CURATION_SOURCE = 'curation'

/** How a list is to be understood. */
export interface IntakeTerms {
  readonly source: string
  /** What its codes mean. Without one a list may declare its own. */
  readonly scheme?: Scheme
  /** The class of files without a code, where no scheme is named. */
  readonly classification?: Classification
  /** suppress: the whole list is of files known to be harmless. canary: of made-up ones. Without it the scheme says it. */
  readonly role?: Entry['role']
  readonly purpose?: Entry['purpose']
  readonly handling?: Entry['handling']
  /**
   * What a sourceId means that stands in a list twice. replace: the later record takes the place of the earlier, as in a
   * list of changes. unite: the file has the hashes of both.
   */
  readonly repeats: 'replace' | 'unite'
  /** Whether a list of matches must give codes: the form is also that of lists of benign files. */
  readonly needsCodes?: boolean
}

/** What all entries of a file share; with type, value and the first addedAt it is an entry. */
export type Provenance = Omit<Entry, 'type' | 'value' | 'addedAt' | 'held'>

/** What becomes of a file: its provenance; or that it is left out or refused. */
export type Verdict =
  | { readonly kind: 'entries'; readonly provenance: Provenance }
  | { readonly kind: 'skipped'; readonly why: string }
  | { readonly kind: 'refused'; readonly reason: string }

const HANDLING = { audience: 'this-deployment', onward: 'none' } as const

/** Names that a VICS file carries whose tool knew of no scheme. They declare nothing. */
const NO_DECLARATION: ReadonlySet<string> = new Set(['Default', 'CUSTOM'])

/** A list that doesn't say, and isn't said, what its files are. The message says what to declare. */
export class UndeclaredListError extends Error {
  readonly code = 'UNDECLARED_LIST'
  override readonly name = 'UndeclaredListError'
}

/** Judges the files of one list. */
export class ListJudge {
  readonly #terms: IntakeTerms
  readonly #byDeclaration = new Map<string, Scheme>()
  /** Files of the list that gave a code. */
  #withCode = 0
  #files = 0

  constructor(terms: IntakeTerms) {
    if (terms.source === CURATION_SOURCE && terms.role !== 'suppress')
      throw new UndeclaredListError(
        `The source ${CURATION_SOURCE} is reserved for what people here suppress: name the list's own source`,
      )
    this.#terms = terms
  }

  judge(file: ListedFile): Verdict {
    this.#files++
    if (file.code !== undefined) this.#withCode++
    const decided = this.#decide(file)
    if (decided.role === 'skip') return { kind: 'skipped', why: decided.why }
    if (decided.role === 'refuse') return { kind: 'refused', reason: decided.reason }
    const { scheme, code, role, purpose } = decided
    const { source, handling = HANDLING } = this.#terms
    const provenance: Provenance = {
      schema: 'known-hash/1',
      source,
      sourceId: file.sourceId,
      classification: { scheme, code },
      role,
      purpose,
      handling,
      ...(file.series === undefined ? {} : { series: file.series }),
      ...(file.victimIdentified === undefined ? {} : { victimIdentified: file.victimIdentified }),
      ...(file.tags && file.tags.length > 0 ? { tags: [...file.tags] } : {}),
      ...(file.validUntil === undefined ? {} : { validUntil: file.validUntil }),
    }
    return checked(provenance, file.hashes) ?? { kind: 'entries', provenance }
  }

  /** The list has ended. Throws an UndeclaredListError if it has no codes and needs them. */
  end(): void {
    if (this.#files === 0 || this.#withCode > 0 || !this.#needsCodes) return
    throw new UndeclaredListError(
      'None of its records has a category. Lists of benign files (NIST, NSRL) have the same form, and as matches they would accuse innocent people. If it is one: --role suppress --classification NAME:CODE. If not: ask for the list with its categories.',
    )
  }

  get #needsCodes(): boolean {
    return this.#terms.needsCodes === true && (this.#terms.role ?? 'match') === 'match'
  }

  #decide(file: ListedFile):
    | Exclude<Decision, { readonly code: string }>
    | {
        readonly scheme: string
        readonly code: string
        readonly role: Entry['role']
        readonly purpose: Entry['purpose']
      } {
    const { role, purpose, classification } = this.#terms
    const scheme = this.#schemeOf(file)
    if (scheme === undefined) {
      if (file.code !== undefined) throw undeclaredCodes(file.place)
      // needsCodes is looked at when the list has ended: then it is known that none has one.
      if (this.#needsCodes) return { role: 'skip', why: 'without a category' }
      if (classification === undefined) throw undeclaredClass(file.place)
      return {
        scheme: classification.scheme,
        code: classification.code,
        role: role ?? 'match',
        purpose: purpose ?? 'csam',
      }
    }
    const decided = decide(scheme, file.code)
    if (decided.role === 'skip' || decided.role === 'refuse') return decided
    if (role !== undefined && role !== decided.role)
      throw new UndeclaredListError(
        `${file.place}: by the scheme ${scheme.name} its code is of role ${decided.role}, and --role says ${role}. Name the scheme that the list follows, or leave --role out.`,
      )
    return { scheme: scheme.name, code: decided.code, role: decided.role, purpose: purpose ?? scheme.purpose }
  }

  #schemeOf({ scheme: declared, code, place }: ListedFile): Scheme | undefined {
    const named = this.#terms.scheme
    if (declared === undefined || NO_DECLARATION.has(declared)) return named
    if (named?.declaredBy?.includes(declared)) return named
    if (named?.declaredBy)
      throw new UndeclaredListError(
        `${place}: the list declares the scheme ${printed(declared)}, and ${named.name} is for ${named.declaredBy.join(', ')}. Name a scheme file of which \`declaredBy\` has that name: --scheme FILE`,
      )
    if (named) return named
    // A class that is given for a list without codes.
    if (code === undefined && this.#terms.classification) return undefined
    return this.#declared(declared, place)
  }

  #declared(name: string, place: string): Scheme {
    const known = this.#byDeclaration.get(name) ?? schemeDeclaredBy(name)
    if (known === undefined)
      throw new UndeclaredListError(
        `${place}: the list declares the scheme ${printed(name)}, which is not known here. Say which codes are matches in a scheme file (config/schemes has examples): --scheme FILE`,
      )
    this.#byDeclaration.set(name, known)
    return known
  }
}

/** A short name from a list, for a message: letters, digits and a few signs of it. */
const printed = (name: string): string => `"${name.replaceAll(/[^\w .-]/g, '').slice(0, 32)}"`

const undeclaredCodes = (place: string): UndeclaredListError =>
  new UndeclaredListError(
    `${place}: the list gives its own codes and does not say what they mean. Name the scheme that it follows, or a file of your own that says which codes are matches: --scheme NAME|FILE`,
  )

const undeclaredClass = (place: string): UndeclaredListError =>
  new UndeclaredListError(
    `${place}: the list does not say what its files are. Name the class that all of them have, for example --classification ncmec:A1`,
  )

/** Whether the contract takes the file's provenance; the reason if not. One entry stands for all of the file. */
function checked(provenance: Provenance, hashes: readonly ListedHash[]): Verdict | undefined {
  const [first] = hashes
  if (first === undefined) return undefined
  const entry = checkEntry({
    ...provenance,
    ...first,
    addedAt: '2000-01-01T00:00:00Z',
    ...(isDegenerate(first) ? { held: { why: 'degenerate' } } : {}),
  })
  return entry instanceof Rejection ? { kind: 'refused', reason: entry.toString() } : undefined
}

/** Why a value says nothing of a file, if it doesn't. Nothing is known of kept types. */
export const isDegenerate = ({ type, value }: ListedHash): boolean =>
  isHashType(type) && degeneracyOf(type, value) !== undefined

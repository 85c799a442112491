// What an import makes of a list's files: which are matches, their class, and what they have in common.
import { CURATION_SOURCE, type Entry } from '../../contract/known-hash.ts'
import { degeneracyOf } from '../../hash/degenerate.ts'
import { isHashType } from '../../hash/hash-type.ts'
import { isDeclaredBy, schemeDeclaredBy, schemeNames } from '../schemes/load-scheme.ts'
import { decide, type Decision, type Scheme } from '../schemes/scheme.ts'

export type Classification = Entry['classification']

/** How a list is to be understood. */
export interface IntakeTerms {
  readonly source: string
  /** What its codes mean, as a person has said. Without one a list may declare its own. */
  readonly scheme?: Scheme
  /** What its codes mean where neither a person nor the list says it: the scheme that comes with its format. */
  readonly formatScheme?: Scheme
  /** The name of its format. */
  readonly format?: string
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

/** What files of one class share. */
type ClassProvenance = Pick<
  Provenance,
  'schema' | 'source' | 'classification' | 'role' | 'purpose' | 'handling'
>

/** What becomes of the files of a class. */
export type Verdict =
  | { readonly kind: 'entries'; readonly provenance: ClassProvenance }
  | { readonly kind: 'skipped'; readonly why: string }
  | { readonly kind: 'refused'; readonly reason: string; readonly isUnknownClass: boolean }

/** Files of a list that say the same of their class. */
export interface ListedClass {
  /** The scheme that they declare, or the whole list. */
  readonly scheme: string | undefined
  readonly code: string | undefined
  /** Where the first of them stands. */
  readonly place: string
}

const HANDLING = { audience: 'this-deployment', onward: 'none' } as const

/** Names that a VICS file carries whose tool knew of no scheme. They declare nothing. */
const NO_DECLARATION: ReadonlySet<string> = new Set(['Default', 'CUSTOM'])

/** A list that doesn't say, and isn't said, what its files are. The message says what to declare. */
export class UndeclaredListError extends Error {
  readonly code = 'UNDECLARED_LIST'
  override readonly name = 'UndeclaredListError'
}

/** Judges the classes of one list. */
export class ListJudge {
  readonly #terms: IntakeTerms
  readonly #byDeclaration = new Map<string, Scheme>()

  constructor(terms: IntakeTerms) {
    if (terms.source === CURATION_SOURCE)
      throw new UndeclaredListError(
        `The source ${CURATION_SOURCE} is reserved for what people here suppress: name the list's own source`,
      )
    this.#terms = terms
  }

  /** Throws an UndeclaredListError where neither the list nor the terms say what its files are. */
  judge(listed: ListedClass): Verdict {
    const decided = this.#decide(listed)
    if (decided.role === 'skip') return { kind: 'skipped', why: decided.why }
    if (decided.role === 'refuse') {
      const { reason, isUnknownClass = false } = decided
      return { kind: 'refused', reason, isUnknownClass }
    }
    const { scheme, code, role, purpose } = decided
    const { source, handling = HANDLING } = this.#terms
    return {
      kind: 'entries',
      provenance: {
        schema: 'known-hash/1',
        source,
        classification: { scheme, code },
        role,
        purpose,
        handling,
      },
    }
  }

  /** Throws an UndeclaredListError if none of the list's classes has a code, and the terms ask for codes. */
  checkCodes(classes: readonly ListedClass[]): void {
    if (!this.#needsCodes || classes.length === 0 || classes.some(({ code }) => code !== undefined)) return
    throw new UndeclaredListError(
      'None of its records has a category. Lists of benign files (NIST, NSRL) have the same form, and as matches they would accuse innocent people. If it is one: --role suppress --classification NAME:CODE. If not: ask for the list with its categories.',
    )
  }

  get #needsCodes(): boolean {
    return this.#terms.needsCodes === true && (this.#terms.role ?? 'match') === 'match'
  }

  #decide(listed: ListedClass):
    | Exclude<Decision, { readonly code: string }>
    | {
        readonly scheme: string
        readonly code: string
        readonly role: Entry['role']
        readonly purpose: Entry['purpose']
      } {
    const { role, purpose, classification } = this.#terms
    const { code, place } = listed
    const isOfNamedClass = this.#isOfNamedClass(listed)
    const scheme = isOfNamedClass ? undefined : this.#schemeOf(listed)
    if (scheme === 'unknown')
      return {
        role: 'refuse',
        reason: 'it declares a scheme that is not known here: name it with --scheme',
        isUnknownClass: true,
      }
    if (scheme === undefined) {
      if (code !== undefined && !isOfNamedClass) throw undeclaredCodes(listed)
      if (code === undefined && this.#needsCodes) return { role: 'skip', why: 'without a category' }
      if (classification === undefined) throw undeclaredClass(place, role)
      return {
        scheme: classification.scheme,
        code: classification.code,
        role: role ?? 'match',
        purpose: purpose ?? 'csam',
      }
    }
    const decided = decide(scheme, code, this.#terms.format)
    if (decided.role === 'skip' || decided.role === 'refuse') return decided
    if (role !== undefined && role !== decided.role)
      throw new UndeclaredListError(
        `${place}: by the scheme ${scheme.name} its code is of role ${decided.role}, and --role says ${role}. Name the scheme that the list follows, or leave --role out.`,
      )
    const ofList = purpose ?? scheme.purpose
    if (ofList === undefined)
      throw new UndeclaredListError(
        `${place}: lists of the scheme ${scheme.name} can be of any purpose. Say it with --purpose csam|self-submitted|ncii|terrorism, or as the purpose of the source.`,
      )
    return { scheme: scheme.name, code: decided.code, role: decided.role, purpose: ofList }
  }

  /** Whether the list itself names the class that a person has given for all of its files, of a scheme that is not known here. */
  #isOfNamedClass({ scheme, code }: ListedClass): boolean {
    const { classification } = this.#terms
    if (classification === undefined || scheme === undefined || schemeDeclaredBy(scheme)) return false
    return scheme === classification.scheme && code === classification.code
  }

  /** 'unknown': a record among those of a format with a scheme declares another one, which nothing here explains. */
  #schemeOf({ scheme: declared, code, place }: ListedClass): Scheme | 'unknown' | undefined {
    const { scheme: named, formatScheme } = this.#terms
    const own = named ?? formatScheme
    if (declared === undefined || NO_DECLARATION.has(declared)) return own
    if (own && isDeclaredBy(own, declared)) return own
    if (named?.declaredBy)
      throw new UndeclaredListError(
        `${place}: the list declares the scheme ${printed(declared)}, and ${named.name} is for ${named.declaredBy.join(', ')}. Name a scheme file that has that name in \`declaredBy\`: --scheme FILE`,
      )
    if (named) return named
    // A class that is given for a list without codes.
    if (code === undefined && this.#terms.classification) return undefined
    return this.#declared(declared, place)
  }

  /** Throws where a whole list declares a scheme that is not known. */
  #declared(name: string, place: string): Scheme | 'unknown' {
    const known = this.#byDeclaration.get(name) ?? schemeDeclaredBy(name)
    if (known === undefined && this.#terms.formatScheme) return 'unknown'
    if (known === undefined) {
      const ofOneClass =
        this.#terms.format === 'csv'
          ? `. If all of its files are of the class that was named when they came in here, name it again: --classification ${name}:CODE`
          : ''
      throw new UndeclaredListError(
        `${place}: the list declares the scheme ${printed(name)}, which is not known here (known are ${knownSchemes()}). Say which of its codes are matches in a scheme file with ${printed(name)} in \`declaredBy\` (config/schemes has examples): --scheme FILE${ofOneClass}`,
      )
    }
    this.#byDeclaration.set(name, known)
    return known
  }
}

/** A short name from a list, for a message: letters, digits and a few signs of it. */
const printed = (name: string): string => `"${name.replaceAll(/[^\w .-]/g, '').slice(0, 32)}"`

/** Schemes that can be named. */
const knownSchemes = (): string => schemeNames().join(', ')

const undeclaredCodes = ({ place, scheme }: ListedClass): UndeclaredListError => {
  const said = scheme === undefined ? 'does not say' : `declares ${printed(scheme)}, which does not say`
  return new UndeclaredListError(
    `${place}: the list gives codes of its own and ${said} what they mean. Name the scheme that it follows (${knownSchemes()}), or a file of your own that says which codes are matches: --scheme NAME|FILE`,
  )
}

const undeclaredClass = (place: string, role: Entry['role'] | undefined): UndeclaredListError =>
  new UndeclaredListError(
    `${place}: the list does not say what its files are. Name the class that all of them have, for example ${role === 'suppress' ? '--classification nsrl:known' : '--classification ncmec:A1; files that are known to be harmless: --role suppress --classification nsrl:known'}`,
  )

/** Whether a value says nothing of a file. That is not known of kept types. */
export const isDegenerate = ({ type, value }: Pick<Entry, 'type' | 'value'>): boolean =>
  isHashType(type) && degeneracyOf(type, value) !== undefined

// The words for verdicts and outcomes.
import type { Verdict } from '../../contract/decision.ts'
import type { Finding, ViewingBasis } from '../../contract/outcome.ts'

interface VerdictWords {
  readonly name: string
  readonly done: string
  /** When to choose it. */
  readonly when: string
}

/** In the order of the keys 1 to 6. */
export const VERDICT_WORDS: Readonly<Record<Verdict, VerdictWords>> = {
  refer: { name: 'Refer', done: 'Referred', when: 'Report it to the authority that may view the file.' },
  'needs-second': {
    name: 'Second opinion',
    done: 'Second opinion asked for',
    when: 'Another person decides without seeing yours.',
  },
  insufficient: {
    name: 'Insufficient',
    done: 'Insufficient',
    when: 'The evidence does not carry a referral.',
  },
  duplicate: { name: 'Duplicate', done: 'Duplicate', when: 'The same matter is decided in another case.' },
  'out-of-scope': {
    name: 'Out of scope',
    done: 'Out of scope',
    when: 'Not ours: another jurisdiction or purpose.',
  },
  'list-error-suspected': {
    name: 'List error',
    done: 'List error suspected',
    when: 'The known entry seems wrong. This proposes to silence it.',
  },
}

export const VERDICT_ORDER = Object.keys(VERDICT_WORDS) as readonly Verdict[]

export const FINDING_WORDS: Readonly<Record<Finding, string>> = {
  confirmed: 'Confirmed by viewing',
  'not-a-match': 'Not a match',
  'known-entry-wrong': 'The known entry is wrong',
}

export const VIEWING_WORDS: Readonly<Record<ViewingBasis, string>> = {
  'search-warrant': 'Search warrant',
  consent: 'Consent',
  exigency: 'Exigency',
  'provider-viewed': 'The provider had viewed it',
  other: 'Another basis',
}

// What keys do, in one list: the help is drawn from it, and each person may change a key or switch all of them off
// (WCAG 2.1.4).

export type Group = 'Everywhere' | 'Queue' | 'Case'

interface ActionFacts {
  readonly key: string
  readonly what: string
  readonly group: Group
}

export const ACTIONS = {
  help: { key: '?', what: 'Show the keys', group: 'Everywhere' },
  'go-queue': { key: 'q', what: 'Go to the queue', group: 'Everywhere' },
  search: { key: '/', what: 'Go to the search', group: 'Everywhere' },
  undo: { key: 'u', what: 'Undo the last decision', group: 'Everywhere' },
  'next-case': { key: 'Enter', what: 'Take the next case; on a case, take it', group: 'Queue' },
  refer: { key: '1', what: 'Refer', group: 'Case' },
  'needs-second': { key: '2', what: 'Ask for a second opinion', group: 'Case' },
  insufficient: { key: '3', what: 'Insufficient', group: 'Case' },
  duplicate: { key: '4', what: 'Duplicate', group: 'Case' },
  'out-of-scope': { key: '5', what: 'Out of scope', group: 'Case' },
  'list-error-suspected': { key: '6', what: 'List error suspected', group: 'Case' },
  reason: { key: 'r', what: 'Write the reason', group: 'Case' },
  note: { key: 'n', what: 'Write the note', group: 'Case' },
  'hit-down': { key: 'j', what: 'Next hit of the case', group: 'Case' },
  'hit-up': { key: 'k', what: 'Previous hit of the case', group: 'Case' },
  select: { key: 'x', what: 'Select the hit, to decide some alone', group: 'Case' },
  'select-all': { key: 'a', what: 'Select all shown hits, or none', group: 'Case' },
  skip: { key: 's', what: 'Skip the case', group: 'Case' },
  extend: { key: 'e', what: 'Keep the case for longer', group: 'Case' },
  print: { key: 'p', what: 'Page for printing', group: 'Case' },
} as const satisfies Readonly<Record<string, ActionFacts>>

export type Action = keyof typeof ACTIONS

// Object.keys loses the literal types.
export const ACTION_NAMES = Object.keys(ACTIONS) as readonly Action[]

/** The name under which a person's settings say that all single keys are off. */
const OFF = 'off'

/** A person's own keys by action, as the server keeps them. */
export type OwnKeys = Readonly<Record<string, string>>

/** Keys that are no characters: they stay when single keys are switched off. */
const isCharacter = (key: string): boolean => key.length === 1

export const areKeysOff = (own: OwnKeys): boolean => own[OFF] !== undefined

/** The key of an action, or undefined if it has none now. */
export function keyOf(action: Action, own: OwnKeys): string | undefined {
  const key = own[action] ?? ACTIONS[action].key
  return areKeysOff(own) && isCharacter(key) ? undefined : key
}

/** The actions of a key. More than one only where a page has but one of them. */
export const actionsOf = (key: string, own: OwnKeys): readonly Action[] =>
  ACTION_NAMES.filter((action) => keyOf(action, own) === key)

/** Other actions that have this key already. */
export const clashes = (action: Action, key: string, own: OwnKeys): readonly Action[] =>
  ACTION_NAMES.filter((other) => other !== action && (own[other] ?? ACTIONS[other].key) === key)

/** A person's keys with one changed; back at its default it is left out. */
export function withKey(own: OwnKeys, action: Action, key: string): OwnKeys {
  const { [action]: _, ...others } = own
  return key === ACTIONS[action].key ? others : { ...others, [action]: key }
}

export function withKeysOff(own: OwnKeys, isOff: boolean): OwnKeys {
  const { [OFF]: _, ...others } = own
  return isOff ? { ...others, [OFF]: 'yes' } : others
}

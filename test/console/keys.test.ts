// The console's keys: each person may change them or switch them off.
import { expect, test } from 'vitest'
import {
  ACTION_NAMES,
  ACTIONS,
  actionsOf,
  areKeysOff,
  clashes,
  keyOf,
  withKey,
  withKeysOff,
} from '../../src/console/keyboard/actions.ts'
import { VERDICT_ORDER } from '../../src/console/wording/verdicts.ts'
import { VERDICTS } from '../../src/contract/decision.ts'

test('no two actions have one key', () => {
  const keys = ACTION_NAMES.map((action) => ACTIONS[action].key)
  expect(new Set(keys).size).toBe(keys.length)
})

test('the keys 1 to 6 are the six verdicts, in the order of the contract', () => {
  expect(VERDICT_ORDER).toEqual(VERDICTS)
  expect(VERDICTS.map((verdict) => keyOf(verdict, {}))).toEqual(['1', '2', '3', '4', '5', '6'])
})

test('a changed key acts, and its old one no longer does', () => {
  const own = withKey({}, 'skip', 'z')
  expect(actionsOf('z', own)).toEqual(['skip'])
  expect(actionsOf('s', own)).toEqual([])
  expect(withKey(own, 'skip', 's')).toEqual({})
})

test('a key that another action has is a clash, also after that one was changed', () => {
  expect(clashes('skip', 'u', {})).toEqual(['undo'])
  expect(clashes('skip', 'z', withKey({}, 'undo', 'z'))).toEqual(['undo'])
  expect(clashes('skip', 'u', withKey({}, 'undo', 'z'))).toEqual([])
})

test('switched off, no single character acts; Enter still does', () => {
  const own = withKeysOff(withKey({}, 'skip', 'z'), true)
  expect(areKeysOff(own)).toBe(true)
  expect(ACTION_NAMES.filter((action) => keyOf(action, own) !== undefined)).toEqual(['next-case'])
  expect(actionsOf('1', own)).toEqual([])
  expect(withKeysOff(own, false)).toEqual({ skip: 'z' })
})

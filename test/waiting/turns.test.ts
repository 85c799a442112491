import { expect, test } from 'vitest'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Turns } from '../../src/waiting/turns.ts'

test('no more works than permitted are under way, all of them end, in the order in which they came', async () => {
  const turns = new Turns(3)
  let underWay = 0
  let most = 0
  const begun: number[] = []
  const work = async (n: number): Promise<number> => {
    begun.push(n)
    most = Math.max(most, ++underWay)
    await nextTurn()
    underWay--
    return n
  }
  const numbers = Array.from({ length: 20 }, (_, n) => n)
  expect(await Promise.all(numbers.map((n) => turns.run(() => work(n))))).toEqual(numbers)
  expect(begun).toEqual(numbers)
  expect(most).toBe(3)
})

test('a work that fails gives its place to the next one', async () => {
  const turns = new Turns(1)
  const failing = turns.run(() => Promise.reject(new Error('It failed.')))
  const next = turns.run(() => Promise.resolve('done'))
  await expect(failing).rejects.toThrow('It failed.')
  expect(await next).toBe('done')
  expect(await turns.run(() => Promise.resolve('again'))).toBe('again')
})

// Counts by platform.
import { Counter, Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { PlatformCounter } from '../../src/gateway/platform-counter.ts'

function open() {
  const registers = [new Registry()]
  const counter = new Counter({ name: 'counts', help: 'For a test', labelNames: ['platform'], registers })
  const ofPlatforms = new PlatformCounter(counter, 'platform')
  const series = async (): Promise<Record<string, number>> =>
    Object.fromEntries((await counter.get()).values.map(({ labels, value }) => [labels.platform, value]))
  return { ofPlatforms, series }
}

test('the series of a platform begins at 0 when its first request comes', async () => {
  const { ofPlatforms, series } = open()
  expect(await series()).toEqual({ other: 0 })
  ofPlatforms.seen('a')
  expect(await series()).toEqual({ a: 0, other: 0 })
  ofPlatforms.inc('a')
  ofPlatforms.seen('a')
  expect(await series()).toEqual({ a: 1, other: 0 })
})

test('a hundred platforms have a series each, the others one together', async () => {
  const { ofPlatforms, series } = open()
  for (let n = 0; n < 1_000; n++) ofPlatforms.inc(`platform-${n}`)
  const all = await series()
  expect(Object.keys(all)).toHaveLength(101)
  expect(all).toMatchObject({ 'platform-0': 1, 'platform-99': 1, other: 900 })
})

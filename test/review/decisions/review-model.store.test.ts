// Whatever people do, in any order: the laws of leases and decisions hold.
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { SampleRoom } from '../sample-cases.ts'
import { PEOPLE, reviewCommands, type Told } from './review-model.ts'

describe('No path of leases, verdicts, undos, corrections, arrivals and pauses', () => {
  it.each([
    ['with a second opinion by rule', { secondOpinion: { grades: ['exact' as const] } }],
    ['where one opinion is enough', { secondOpinion: {} }],
  ])(
    'leads to two verdicts of one person, a decision without a lease, two standing ones, or an undone one sent: %s',
    async (_rule, settings) => {
      await fc.assert(
        fc.asyncProperty(reviewCommands, async (commands) => {
          await using room = await SampleRoom.open(settings)
          for (const one of PEOPLE.filter(({ subject }) => ['dora', 'cem'].includes(subject)))
            await room.signIn(one)
          await room.addCase({ actorRef: 'ann', hits: [{}, {}, {}] })
          await room.addCase({ actorRef: 'bob', hits: [{ reportId: 'bob-1' }] })
          const model: Told = { sent: [], undoIds: [] }
          await fc.asyncModelRun(() => ({ model, real: room }), commands)
        }),
        { numRuns: 20 },
      )
    },
  )
})

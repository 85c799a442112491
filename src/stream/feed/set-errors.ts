// The errors that end each wait for the known set: it is lost, or no longer read.

/**
 * What ended a known set's use. `topic-replaced`: known-hashes was deleted and created again, so the set is of another
 * history. `change-not-applied`: a change failed halfway, so the set is not what the topic says.
 */
export type SetLoss = 'topic-replaced' | 'change-not-applied'

const WHY: Readonly<Record<SetLoss, (topic: string) => string>> = {
  'topic-replaced': (topic) =>
    `The topic ${topic} was deleted and created again, so this known set is of another topic. The process ends with exit code 1; started again, it reads the new one.`,
  'change-not-applied': (topic) =>
    `A change could not be applied, so this known set is not what the topic ${topic} says. The process ends with exit code 1; started again, it reads the topic anew.`,
}

/** The known set is of no use any more: the process ends with exit code 1, and must be started again (by its supervisor). */
export class SetLostError extends Error {
  readonly code = 'SET_LOST'
  override readonly name = 'SetLostError'
  readonly loss: SetLoss

  constructor(loss: SetLoss, topic: string) {
    super(WHY[loss](topic))
    this.loss = loss
  }
}

/** The feed was stopped: its set stays as it is. */
export class FeedStoppedError extends Error {
  readonly code = 'FEED_STOPPED'
  override readonly name = 'FeedStoppedError'

  constructor() {
    super('The known set is no longer read: its feed was stopped.')
  }
}

// Topics of one test of the outbox.
export const outboxTopics = (name: string) => ({
  decisions: `${name}-decisions`,
  outcomes: `${name}-outcomes`,
  auditCheckpoints: `${name}-checkpoints`,
})

// From the settings of sources to the sending of feedback: by the command, and by the daemon every minute.
import { readSecret } from '../../secrets/secret.ts'
import type { NcmecSource, SourceSettings } from '../../settings/source-settings.ts'
import type { EventLog } from '../../log/event-log.ts'
import { errorSummary } from '../../telemetry/error-summary.ts'
import type { Logger } from '../../telemetry/log.ts'
import { StateLog } from '../../telemetry/state-log.ts'
import { askForPage, basic } from '../sync/https-request.ts'
import { addressUnder } from '../sync/pages-of.ts'
import { SourceError } from '../sync/source-error.ts'
import { hitsInTopic } from './find-hits.ts'
import { FeedbackAnswerError, FeedbackReasonError, ncmecVotes, type AskServer } from './ncmec-feedback.ts'
import type { FeedbackTopics } from './read-judgements.ts'
import { AllGoneError, sendFeedback, type FeedbackSummary } from './send-feedback.ts'

/**
 * The server takes the vote, or says that it never will; after any other answer the vote is sent again later. A request that
 * it can't read (400, 422) waits, too: then we write what it doesn't know, and a vote that is given up is lost.
 */
const FINAL = [201, 202, 204, 404, 409, 410]
const MAX_BYTES = 2 ** 20

/** Whether feedback on the entries of a source is sent. */
export const takesFeedback = (source: SourceSettings): source is NcmecSource =>
  source.kind === 'ncmec' && source.feedback === true

/** The server of a source. Its password is read for each request. */
function serverOf({ name, base, username, password, tls, timeoutSeconds }: NcmecSource): AskServer {
  const connection = {
    tls,
    maxBytes: MAX_BYTES,
    ...(timeoutSeconds === undefined ? {} : { timeoutMs: timeoutSeconds * 1_000 }),
  }
  return async ({ method, path, body }, signal) => {
    const authorization = basic(username, readSecret(password, `password of the source ${name}`))
    const headers = {
      authorization,
      ...(body === undefined ? {} : { 'content-type': 'application/xml; charset=utf-8' }),
    }
    const url = addressUnder(base, path)
    const request = { url, method, headers, ...(body === undefined ? {} : { body, alsoStatus: FINAL }) }
    const { status, bytes } = await askForPage(request, connection, signal)
    return { status, text: bytes.toString('utf8') }
  }
}

export interface FeedbackPlace {
  readonly log: EventLog
  readonly topics: FeedbackTopics & { readonly hits: string }
  /** The consumer groups begin with it, one for each source. */
  readonly group: string
}

/** Sends all that is due to one source. @throws SourceError, FeedbackReasonError, and what the log throws. */
export function sendTo(
  source: NcmecSource,
  { log, topics, group }: FeedbackPlace,
  signal: AbortSignal,
): Promise<FeedbackSummary> {
  const { wrong, suspected } = source.feedbackReasons ?? {}
  const names = {
    ...(wrong === undefined ? {} : { 'known-entry-wrong': wrong }),
    ...(suspected === undefined ? {} : { 'list-error-suspected': suspected }),
  }
  return sendFeedback({
    log,
    topics,
    group: `${group}-feedback-${source.name}`,
    source: source.name,
    findHits: (hitIds) => hitsInTopic(log, topics.hits, hitIds),
    send: ncmecVotes(serverOf(source), names),
    signal,
  })
}

/** Errors whose message is ours, and quotes nothing of an answer but the names of reasons. */
const isOurs = (error: unknown): error is Error =>
  error instanceof SourceError ||
  error instanceof FeedbackReasonError ||
  error instanceof FeedbackAnswerError ||
  error instanceof AllGoneError

/** For the daemon, every minute: sends to each source that takes feedback. One that fails holds up no other, and is tried again. */
export function feedbackSweep(
  sources: readonly SourceSettings[],
  place: Omit<FeedbackPlace, 'log'>,
  logger: Logger,
): (log: EventLog, signal: AbortSignal) => Promise<void> {
  const failing = new StateLog({
    logger,
    level: 'warn',
    begins: 'Feedback can’t be sent to a list: it waits, and is tried again',
    ends: 'Feedback is sent to that list again',
  })
  return async (log, signal) => {
    for (const source of sources.filter(takesFeedback)) {
      try {
        const { sent, notTaken } = await sendTo(source, { ...place, log }, signal)
        failing.leave(source.name)
        if (sent.affirmative + sent.negative > 0)
          logger.info({ source: source.name, ...sent }, 'Feedback was sent to a list')
        if (Object.values(notTaken).some((count) => count > 0))
          logger.warn(
            { source: source.name, ...notTaken },
            'Feedback was given up: the list does not take it',
          )
      } catch (error) {
        if (signal.aborted) return
        failing.enter(source.name, isOurs(error) ? error.message : errorSummary(error))
      }
    }
  }
}

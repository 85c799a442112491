// Routes of one case: reading it, its lease, decisions on it, and what a supervisor directs.
import { Type } from 'typebox'
import {
  AssignBody,
  CaseRow,
  CaseView,
  DecideBody,
  DecidedView,
  HoldBody,
  LeaseBody,
  LeaseView,
  MoveBody,
  PriorityBody,
  RelatedView,
  SkipBody,
  UndoId,
  UndoneView,
} from '../../../contract/review.ts'
import { route, type Route } from '../route.ts'
import { OfCase, WORK, type RouteParts } from './route-parts.ts'

const OfVerdict = Type.Object({ undoId: UndoId }, { additionalProperties: false })

export const caseRoutes = (parts: RouteParts): readonly Route[] => [
  ...reading(parts),
  ...leasing(parts),
  ...deciding(parts),
  ...directing(parts),
]

const reading = ({ service }: RouteParts): readonly Route[] => [
  route({
    method: 'GET',
    path: '/api/cases/:caseId',
    name: 'caseView',
    summary: 'A case with its hits; reading it is an entry of the audit',
    access: ['case.read'],
    params: OfCase,
    answer: CaseView,
    handle: ({ identity, params }) => service.caseView(identity.person, params.caseId),
  }),
  route({
    method: 'GET',
    path: '/api/cases/:caseId/related',
    name: 'related',
    summary: 'Other cases of the same uploader, collection or known entry',
    access: ['case.read'],
    params: OfCase,
    answer: RelatedView,
    handle: ({ identity, params }) => service.related(identity.person, params.caseId),
  }),
]

const leasing = ({ service }: RouteParts): readonly Route[] => [
  route({
    method: 'POST',
    path: '/api/cases/:caseId/lease',
    name: 'leaseCase',
    summary: 'Lease this case',
    access: WORK,
    params: OfCase,
    answer: LeaseView,
    problems: ['already-leased', 'already-decided', 'own-opinion'],
    handle: ({ identity, params }) => service.leaseCase(identity.person, params.caseId),
  }),
  route({
    method: 'POST',
    path: '/api/cases/:caseId/lease/renew',
    name: 'renewLease',
    summary: 'Hold the case for longer',
    access: WORK,
    params: OfCase,
    body: LeaseBody,
    answer: LeaseView,
    problems: ['lease-lost'],
    handle: ({ identity, params, body }) => service.renew(identity.person, params.caseId, body),
  }),
  route({
    method: 'POST',
    path: '/api/cases/:caseId/lease/give-back',
    name: 'giveBackLease',
    summary: 'Give the case back to the queue',
    access: WORK,
    params: OfCase,
    body: LeaseBody,
    problems: ['lease-lost'],
    handle: ({ identity, params, body }) => service.giveBack(identity.person, params.caseId, body),
  }),
  route({
    method: 'POST',
    path: '/api/cases/:caseId/skip',
    name: 'skip',
    summary: 'Give the case back, with a reason; it is not offered to the same person for some time',
    access: WORK,
    params: OfCase,
    body: SkipBody,
    problems: ['lease-lost'],
    handle: ({ identity, params, body }) => service.skip(identity.person, params.caseId, body),
  }),
]

const deciding = ({ service }: RouteParts): readonly Route[] => [
  route({
    method: 'POST',
    path: '/api/cases/:caseId/decisions',
    name: 'decide',
    summary: 'Decide on the hits of a leased case, or on some of them',
    access: WORK,
    params: OfCase,
    body: DecideBody,
    answer: DecidedView,
    problems: ['lease-lost', 'evidence-changed', 'already-decided', 'own-opinion'],
    handle: ({ identity, params, body }) => service.decide(identity.person, params.caseId, body),
  }),
  route({
    method: 'POST',
    path: '/api/verdicts/:undoId/undo',
    name: 'undo',
    summary: 'Undo a decision or a correction, while its time to undo lasts',
    access: WORK,
    params: OfVerdict,
    answer: UndoneView,
    problems: ['undo-too-late'],
    handle: ({ identity, params }) => service.undo(identity.person, params.undoId),
  }),
]

const directing = ({ service }: RouteParts): readonly Route[] => [
  route({
    method: 'POST',
    path: '/api/cases/:caseId/assign',
    name: 'assign',
    summary: 'Give the case to one person, or to all again',
    access: ['case.direct'],
    params: OfCase,
    body: AssignBody,
    answer: CaseRow,
    handle: ({ identity, params, body }) => service.assign(identity.person, params.caseId, body),
  }),
  route({
    method: 'POST',
    path: '/api/cases/:caseId/move',
    name: 'move',
    summary: 'Put the case into another queue',
    access: ['case.direct'],
    params: OfCase,
    body: MoveBody,
    answer: CaseRow,
    handle: ({ identity, params, body }) => service.move(identity.person, params.caseId, body),
  }),
  route({
    method: 'POST',
    path: '/api/cases/:caseId/priority',
    name: 'setPriority',
    summary: 'Change the priority of the case',
    access: ['case.direct'],
    params: OfCase,
    body: PriorityBody,
    answer: CaseRow,
    handle: ({ identity, params, body }) => service.raise(identity.person, params.caseId, body),
  }),
  route({
    method: 'POST',
    path: '/api/cases/:caseId/hold',
    name: 'hold',
    summary: 'Put a legal hold on the case, or lift it',
    access: ['case.hold'],
    params: OfCase,
    body: HoldBody,
    answer: CaseRow,
    handle: ({ identity, params, body }) => service.hold(identity.person, params.caseId, body),
  }),
]

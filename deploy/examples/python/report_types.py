# Written by `npm run documents` from config/gateway.openapi.json: do not edit.
from typing import Literal, NotRequired, TypedDict


class Hash(TypedDict):
    type: Literal["sha256", "sha1", "md5", "pdq", "blockhash"]
    value: str
    quality: NotRequired[int]


class Viewed(TypedDict):
    thisFile: Literal["yes", "no", "unknown"]
    by: NotRequired[Literal["human", "automated"]]


class Basis(TypedDict):
    kind: Literal["own-terms", "cybertip", "legal-process", "seized", "emergency"]
    ref: NotRequired[str]


class Report(TypedDict):
    schema: Literal["report/1"]
    reportId: str
    platform: NotRequired[str]
    observedAt: str
    mediaType: Literal["image", "video"]
    contentRef: str
    actorRef: NotRequired[str]
    collectionRef: NotRequired[str]
    byteLength: NotRequired[int]
    cybertipId: NotRequired[str]
    jurisdictions: NotRequired[list[str]]
    annotations: NotRequired[list[Literal["animeDrawingVirtualHentai", "potentialMeme", "viral", "possibleSelfProduction", "physicalHarm", "violenceGore", "bestiality", "liveStreaming", "infant", "generativeAi"]]]
    hashes: list[Hash]
    viewed: NotRequired[Viewed]
    basis: NotRequired[Basis]

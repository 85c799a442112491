"""Makes the report of a file that users uploaded. Both producers use it."""

import datetime
import hashlib
import os

from report_types import Hash, Report


def report_of(path: str, report_id: str, uploaded_at: datetime.datetime) -> Report:
    """`report_id`: yours, and the same whenever the report is sent again. `uploaded_at`: with its time zone."""
    digests = [hashlib.new(name) for name in ("sha256", "sha1", "md5")]
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            for digest in digests:
                digest.update(block)
    hashes: list[Hash] = [{"type": digest.name, "value": digest.hexdigest()} for digest in digests]
    # A PDQ hash finds altered copies, too: {"type": "pdq", "value": …, "quality": …}, from a PDQ library.
    return {
        "schema": "report/1",
        "reportId": report_id,
        "observedAt": uploaded_at.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "mediaType": "image",  # or "video"
        # What leads you back to the upload; no address.
        "contentRef": report_id,
        "byteLength": os.path.getsize(path),
        "hashes": hashes,
    }


def reports_of(paths: list[str]) -> list[Report]:
    """For trying it out: the files stand for uploads. Their ids and times come from your database in earnest."""
    return [
        report_of(
            path,
            "upload-" + hashlib.sha256(os.path.basename(path).encode()).hexdigest()[:16],
            datetime.datetime.fromtimestamp(os.path.getmtime(path), datetime.timezone.utc),
        )
        for path in paths
    ]

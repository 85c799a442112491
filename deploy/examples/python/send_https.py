"""Sends reports of files to a gateway over HTTPS. Needs Python 3.11, and nothing else.

    HASHWARDEN_URL=https://gateway.example.org HASHWARDEN_KEY=hw_… python3 send_https.py FILE…
"""

import gzip
import http.client
import json
import os
import random
import sys
import time
import urllib.error
import urllib.request

from report_types import Report
from reports import reports_of

BATCH = 500
# Besides these, whatever starts with 5: it is of the gateway, or of a balancer in front of it, and passes.
AGAIN = {408, 429}
# A proxy may name a day.
LONGEST_WAIT = 300.0


def send(url: str, key: str, reports: list[Report]) -> dict[str, int]:
    """Returns once Kafka has the reports. Tries again for as long as that helps: nothing is doubled."""
    request = urllib.request.Request(
        f"{url}/v1/reports",
        data=gzip.compress(json.dumps(reports).encode()),
        headers={"X-API-Key": key, "Content-Type": "application/json", "Content-Encoding": "gzip"},
        method="POST",
    )
    wait = 1.0
    while True:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            if refusal.code not in AGAIN and refusal.code < 500:
                # It says what to correct; of this request nothing was taken.
                raise RuntimeError(f"{refusal.code}: {refusal.read().decode(errors='replace')}") from None
            print(f"{refusal.code}, trying again", file=sys.stderr)
            wait = seconds_of(refusal.headers.get("Retry-After"), wait)
        except (OSError, http.client.HTTPException, ValueError) as problem:
            # ValueError: an answer that is cut off is no JSON.
            print(f"no answer, trying again: {problem}", file=sys.stderr)
        time.sleep(wait * random.uniform(1, 1.5))
        wait = min(60, wait * 2)


def seconds_of(retry_after: str | None, otherwise: float) -> float:
    """Retry-After can also be a date, or nonsense of a proxy: then the wait goes on as it was."""
    if retry_after is None or not retry_after.isdecimal():
        return otherwise
    return min(LONGEST_WAIT, float(retry_after))


def main() -> None:
    reports = reports_of(sys.argv[1:])
    for start in range(0, len(reports), BATCH):
        batch = reports[start : start + BATCH]
        print(send(os.environ["HASHWARDEN_URL"], os.environ["HASHWARDEN_KEY"], batch))


if __name__ == "__main__":
    main()

# Reads an endpoint by the package threatexchange, unpatched, and prints what it got as JSON.
# Arguments: base address, user, password, first and last second.
import json
import sys
import types

from threatexchange.exchanges.clients.ncmec.hash_api import FingerprintType, NCMECHashAPI

base, user, password, start, end = sys.argv[1:]
api = NCMECHashAPI(user, password, types.SimpleNamespace(value=base))


def shown(update):
    return {
        "id": update.id,
        "member": update.member_id,
        "type": update.entry_type.value,
        "deleted": update.deleted,
        "classification": update.classification,
        "fingerprints": update.fingerprints,
    }


def read(start, end):
    pages = list(api.get_entries_iter(start_timestamp=start, end_timestamp=end))
    return [shown(update) for page in pages for update in page.updates], len(pages)


def probe(start, end):
    """As its exchange does: halves a range until a page may hold it, then reads the parts."""
    first = api.get_entries(start_timestamp=start, end_timestamp=end)
    if first.estimated_entries_in_range <= 1000 or end - start <= 1:
        return read(start, end)[0]
    middle = (start + end) // 2
    return probe(start, middle) + probe(middle, end)


status = api.status()
entries, pages = read(int(start), int(end))
print(
    json.dumps(
        {
            "status": {"id": status.esp_id, "name": status.esp_name},
            "members": {member.esp_name: member.esp_id for member in api.members()},
            "reasons": api.feedback_reasons(FingerprintType.md5),
            "entries": entries,
            "pages": pages,
            "probed": probe(int(start), int(end)),
        }
    )
)

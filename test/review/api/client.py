# A machine client of the review API in another language: leases a case, reads it, decides on it. Standard library alone.
import json
import sys
import urllib.request

url, token = sys.argv[1:]


def ask(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    request = urllib.request.Request(url + path, data, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or "null")


lease = ask("POST", "/api/leases", {})
case = ask("GET", f"/api/cases/{lease['caseId']}")
decided = ask(
    "POST",
    f"/api/cases/{lease['caseId']}/decisions",
    {
        "token": lease["token"],
        "evidence": case["evidence"],
        "verdict": "duplicate",
        "reason": "Reported already: naïve «quotes» 🙂",
        "note": "",
    },
)
print(json.dumps({"decided": decided["decided"], "state": decided["caseState"]}))

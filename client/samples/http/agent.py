"""An agent over plain HTTP, standard library only. GOV_SERVER, GOV_TOKEN (a developer's); arguments: agent environment tool arguments-as-JSON."""
import json, os, sys, urllib.error, urllib.request, uuid

server = os.environ.get("GOV_SERVER", "http://127.0.0.1:8080")
agent, environment, tool, arguments = (sys.argv[1:] + [None] * 4)[:4] if len(sys.argv) == 5 else (
    "cost-explorer-fixer", "cost-explorer-cn-prod", "ops.delete_environment", '{"name": "cost-explorer-cn-prod"}')

def post(path, token, body, key):
    """The same key may be sent again after a lost answer: it is the same call, never a second effect."""
    request = urllib.request.Request(server + path, json.dumps(body).encode(), {
        "Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": key, "Prefer": "wait=10"})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)

status, session = post("/v1/sessions", os.environ["GOV_TOKEN"], {"agent": agent, "goal": "Fix the report", "tier": "supervised"}, str(uuid.uuid4()))
if status != 201:
    sys.exit(f"no session: {session['detail']}")
status, call = post("/v1/calls", session["token"], {"environment": environment, "tool": tool, "arguments": json.loads(arguments)}, str(uuid.uuid4()))
if status == 202:
    print(f"{call['state']}: {call['approval']['url'] if call.get('approval') else call['id']}")
elif status == 200:
    print(f"{call['state']}: {json.dumps(call.get('result'))}")
else:  # 403 denied, 429 throttled, 422 invalid arguments, …: a problem that says what to do
    print(f"{call['slug']}: {call['detail']}")

#!/bin/sh
# The four uses over HTTP, against `flowforge dev examples/refund_agent.py` in another terminal.
set -eu
cd "$(dirname "$0")"
url=${FLOWFORGE_URL:-http://127.0.0.1:8288}
frames=$(mktemp)
reader=
trap 'rm -f "$frames"; test -z "$reader" || kill "$reader" 2>/dev/null || true' EXIT

key=${FLOWFORGE_API_KEY:+Authorization: Bearer $FLOWFORGE_API_KEY}
ask() { curl --silent --show-error --fail-with-body ${key:+-H "$key"} "$@"; }
post() { ask -X POST "$url$1" -H 'Content-Type: application/json' -d "$2"; }
field() { grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4; }

# 1. Register an agent with skills. A skill is a folder with a SKILL.md; it goes in as an archive.
tar -czf - -C refunds . | ask -X POST "$url/v1/skills?vouched=true" -H 'Content-Type: application/gzip' --data-binary @- >/dev/null
post /v1/agents '{"name": "atlas", "model": "claude-sonnet-4.5", "instructions": "Settle refunds.",
  "skills": ["refunds"], "tools": ["lookup_order", "issue_refund"]}' >/dev/null

# 2. Assign a task of the board to it. It starts at once.
task=$(post /v1/tasks '{"title": "Refund ORD-9218", "description": "The parcel was lost. Refund $420.",
  "assignee": {"agent": "atlas"}}' | field key)
echo "$task is with atlas"

# 3. Stream what it reasons, says and does: Server-Sent Events, resumable by Last-Event-ID.
curl --silent --no-buffer ${key:+-H "$key"} "$url/v1/tasks/$task/stream" >"$frames" &
reader=$!

# 4. Approve its tool call from the review queue, with another amount.
until id=$(ask "$url/v1/approvals?state=pending&task=$task" | field id) && [ -n "$id" ]; do sleep 0.2; done
post "/v1/approvals/$id/decision" '{"approved": true, "edited_args": {"order_id": "ORD-9218", "amount": 300}}' >/dev/null

until ask "$url/v1/tasks/$task" | grep -q '"column":"Review"'; do sleep 0.2; done
grep -A 1 '^event: reasoning.delta' "$frames" | grep '^data: '
ask "$url/v1/tasks/$task/comments"

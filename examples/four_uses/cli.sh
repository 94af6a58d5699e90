#!/bin/sh
# The four uses on the command line, against `flowforge dev examples/refund_agent.py` in another terminal.
set -eu
cd "$(dirname "$0")"
frames=$(mktemp)
reader=
trap 'rm -f "$frames"; test -z "$reader" || kill "$reader" 2>/dev/null || true' EXIT

# 1. Register an agent with skills. A skill is a folder with a SKILL.md.
flowforge skills add refunds
flowforge agents create atlas --model claude-sonnet-4.5 --instructions 'Settle refunds.' --skill refunds --tool lookup_order --tool issue_refund

# 2. Stream what it reasons, says and does.
flowforge agents tail atlas >"$frames" &
reader=$!

# 3. Assign a task of the board to it. It starts at once.
flowforge board add 'Refund ORD-9218' --description 'The parcel was lost. Refund $420.' --assign atlas

# 4. Approve its tool call from the review queue, with another amount.
until id=$(flowforge approvals --json | grep -o 'apr_[0-9a-f]*' | head -n 1) && [ -n "$id" ]; do sleep 0.2; done
flowforge approvals approve "$id" --edit amount=300

until grep -q ' idle' "$frames"; do sleep 0.2; done
cat "$frames"
flowforge board show FF-1

"""Checks the steps of a plan, {"steps": [{"id": "1", "hours": 4, "after": ["2"]}, ...]} on stdin.

It says what is wrong, or the order in which they can be done and the longest chain.
"""

import json
import sys


def main() -> int:
    try:
        steps = {str(step["id"]): step for step in json.load(sys.stdin)["steps"]}
        after = {name: [str(one) for one in step.get("after", [])] for name, step in steps.items()}
        hours = {name: float(step.get("hours", 1)) for name, step in steps.items()}
    except (ValueError, KeyError, TypeError) as error:
        print(f'not a plan: {error!r}; give {{"steps": [{{"id": "1", "hours": 4, "after": []}}]}}')
        return 2
    missing = sorted({one for waits in after.values() for one in waits if one not in steps})
    if missing:
        print(f"missing steps: {', '.join(missing)}")
        return 1
    order, left = [], dict(after)
    while ready := sorted(name for name, waits in left.items() if not set(waits) & left.keys()):
        order += ready
        for name in ready:
            del left[name]
    if left:
        print(f"these wait for each other in a circle: {', '.join(sorted(left))}")
        return 1
    ends: dict[str, tuple[float, list[str]]] = {}
    for name in order:
        before = max((ends[one] for one in after[name]), default=(0.0, []))
        ends[name] = (before[0] + hours[name], [*before[1], name])
    longest = max(ends.values(), default=(0.0, []))
    print(f"order: {' '.join(order)}")
    print(f"longest chain: {' > '.join(longest[1])}, {longest[0]:g} h of {sum(hours.values()):g} h in all")
    return 0


sys.exit(main())

"""A fan-out under a limit on its steps, progress while it goes on, and a person's word at the end.

flowforge dev examples/pictures.py
flowforge send album/uploaded -d 'pictures=["a.jpg","b.jpg","c.jpg"]'
flowforge runs
curl localhost:8288/v1/runs/RUN/signals -H 'content-type: application/json' -d '{"signal": "reviewed", "data": {"publish": true}}'
"""

import flowforge
from flowforge import Context, Limit, step

CONVERTERS = Limit(name="converters", concurrency=2)  # of all workers together, whoever's album it is


@flowforge.function(trigger="album/uploaded", step_limits={"run": CONVERTERS})
async def publish_album(ctx: Context) -> str:
    pictures = ctx.event.data["pictures"]
    sizes = await step.map("resize", resize, pictures, concurrency=20)
    ctx.progress(0.8, f"{len(sizes)} pictures resized")
    poster = await step.options(limit=CONVERTERS, weight=2).run("poster", resize, "+".join(pictures))  # takes both of them
    word = await step.wait_for_signal("verdict", signal="reviewed", timeout="2d")
    return f"published {sum(sizes) + poster} kB" if word["publish"] else "kept back"


def resize(picture: str) -> int:
    return len(picture)

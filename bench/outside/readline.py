"""Lines with asyncio, on its own loop or on uvloop's. The task and the answer are those of subjects/window.ts."""

import asyncio
import json
import os
import sys
import time

REQUEST = 16


async def lines(task):
    reader, writer = await asyncio.open_connection("127.0.0.1", task["port"])
    writer.write(task["feed"].ljust(REQUEST).encode())
    warm_until = time.perf_counter() + task["warm"] / 1_000
    started = None
    count = 0
    while True:
        for _ in range(100):
            (await reader.readline()).decode()
        count += 100
        now = time.perf_counter()
        if started is None:
            if now >= warm_until:
                started, before, cpu = now, count, sum(os.times()[:2])
        elif now >= started + task["measure"] / 1_000:
            spent = sum(os.times()[:2]) - cpu
            return {"units": count - before, "wall": (now - started) * 1e9, "cpu": spent * 1e9}


task = json.loads(sys.argv[1])
if task["way"] == "uvloop":
    import uvloop

    uvloop.install()
print(json.dumps(asyncio.run(lines(task))), flush=True)
os._exit(0)

"""`make screenshots`, or with the names of some."""

import asyncio
import sys

from .drawing import draw

if __name__ == "__main__":
    asyncio.run(draw(*sys.argv[1:]))

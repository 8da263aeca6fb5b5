"""`python -m local_engines --dir DIR [--watch-stdin]`"""

from __future__ import annotations

import os
import sys

from .supervisor import main

code = main()
sys.stdout.flush()
sys.stderr.flush()
# Worker threads may still sit in a DuckDB query; everything of worth has been stopped and deleted.
os._exit(code)

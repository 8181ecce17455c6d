"""``python -m riemlearn``."""

import sys

from riemlearn.cli import main

if __name__ == "__main__":
    sys.exit(main())

"""`python -m theory` is the command `stepverdict`."""

import sys

from theory.cli import main

if __name__ == "__main__":
    sys.exit(main())

"""Makes `python -m cigen` the same as `cigen`."""

import sys

from cigen.cli import main

sys.exit(main())

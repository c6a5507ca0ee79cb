"""python -m personadesk"""

import sys

from personadesk.cli import main

sys.exit(main())

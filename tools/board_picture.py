"""Take the picture of a leaderboard that the documentation shows.

    python -m tools.board_picture BOARD docs/images/board.png

BOARD is a folder that `xharness leaderboard build` wrote, such as that of `xharness demo`. The same folder gives the
same picture with the same version of Chromium, which must be installed together with the package playwright.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

WIDTH, HEIGHT = 1400, 1240
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_STILL = "*, *::before, *::after { animation: none !important; transition: none !important; }"


def browser() -> str | None:
    """Return the path of Chromium, None if it is not installed."""
    return next((path for name in _BROWSERS if (path := shutil.which(name))), None)


def take(board: Path, out: Path, height: int = HEIGHT) -> None:
    """Write the top of the page of a board as a PNG image."""
    from playwright.sync_api import sync_playwright

    path = browser()
    if path is None:
        raise SystemExit(f"Chromium is not installed: none of {', '.join(_BROWSERS)} is in PATH")
    page_file = board / "index.html"
    if not page_file.is_file():
        raise SystemExit(f"{board}: no index.html; give the folder of `xharness leaderboard build --out`")
    out.parent.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as running:
        chromium = running.chromium.launch(executable_path=path, args=["--no-sandbox"])  # root can have no sandbox
        page = chromium.new_page(viewport={"width": WIDTH, "height": height}, color_scheme="light")
        page.goto(page_file.resolve().as_uri())
        page.add_style_tag(content=_STILL)
        page.screenshot(path=str(out), animations="disabled")
        chromium.close()


def main() -> int:
    """Parse the command line and take the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("board", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--height", type=int, default=HEIGHT, help="height of the picture in pixels")
    args = parser.parse_args()
    take(args.board, args.out, args.height)
    print(f"{args.out}: {args.out.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())

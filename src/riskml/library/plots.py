"""Chinese in the plots of Matplotlib and shap."""

from __future__ import annotations

from pathlib import Path

from riskml.core.errors import ConfigurationError
from riskml.explaining.fonts import FONTS


def chinese_fonts() -> str:
    """Have Matplotlib, and shap that draws with it, write Chinese from here on; returns the font.

    It is the first of those that riskml's own pages and charts ask for, and that this machine has.

    Raises
    ------
    ConfigurationError
        Where it has none of them.
    """
    import matplotlib
    from matplotlib import font_manager

    wanted = [name for name in FONTS.split(", ") if name != "sans-serif"]
    known = font_manager.fontManager
    if not {font.name for font in known.ttflist}.intersection(wanted):
        # Matplotlib remembers the fonts that there were when it was first used.
        seen = {font.fname for font in known.ttflist}
        for path in sorted(set(font_manager.findSystemFonts()) - seen):
            if Path(path).suffix.lower() in (".ttc", ".otf", ".ttf"):
                known.addfont(path)
    there = {font.name for font in known.ttflist}
    found = next((name for name in wanted if name in there), None)
    if found is None:
        raise ConfigurationError(
            zh=f"本机没有中文字体（{'、'.join(wanted)}）；Debian 和 Ubuntu 上可安装 fonts-noto-cjk。",
            en=f"This machine has none of the Chinese fonts {', '.join(wanted)}; on Debian and Ubuntu install "
            "fonts-noto-cjk.",
        )
    matplotlib.rcParams["font.family"] = "sans-serif"
    before = [name for name in matplotlib.rcParams["font.sans-serif"] if name != found]
    matplotlib.rcParams["font.sans-serif"] = [found, *before]
    matplotlib.rcParams["axes.unicode_minus"] = False  # some of them have no minus sign
    return found

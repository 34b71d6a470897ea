"""Each setting stands in docs/settings.md, and nothing stands there that is no setting."""

import re
from pathlib import Path

from api.settings import Settings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "settings.md"


def test_every_setting_is_documented() -> None:
    named = set(re.findall(r"`TSUNAGU_([A-Z_]+)`", PAGE.read_text(encoding="utf-8")))
    assert named == {name.upper() for name in Settings.model_fields}

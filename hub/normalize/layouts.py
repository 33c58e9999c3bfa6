"""Keyboard layouts: text typed with the wrong one (``Bdfyjd`` for Иванов, ``Ощрт`` for John)."""

from __future__ import annotations

# The same keys on the English (US) and the Russian (Windows) layout.
_ENGLISH = "`qwertyuiop[]asdfghjkl;'zxcvbnm,.~QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>"
_RUSSIAN = "ёйцукенгшщзхъфывапролджэячсмитьбюЁЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ"
_TO_RUSSIAN = str.maketrans(_ENGLISH, _RUSSIAN)
_TO_ENGLISH = str.maketrans(_RUSSIAN, _ENGLISH)


def as_russian(text: str) -> str:
    """``text`` as the same keys would have written it on the Russian layout."""
    return text.translate(_TO_RUSSIAN)


def as_english(text: str) -> str:
    """``text`` as the same keys would have written it on the English layout."""
    return text.translate(_TO_ENGLISH)

"""Which encoding a file is written in, and how lines that do not follow it are found."""

from __future__ import annotations

import codecs
import re

# A lone surrogate never comes out of a proper decoding, so it can stand for what went wrong.
BAD_MARK = "\udcff"
LONG_MARK = "\udcfe"
MARK_ERRORS = "embedding-lab-mark"

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
GUESSED_FROM = 4096
# Encodings worth trying when a text is neither UTF-8 nor Western European.
TRIED = (
    "cp1250", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255", "cp1256", "cp932", "euc_jp",
    "gb18030", "big5", "euc_kr", "cp437",
)  # fmt: skip


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return BAD_MARK, error.end


codecs.register_error(MARK_ERRORS, _mark)


def guess_encoding(head: bytes, wanted: str = "") -> tuple[str, str]:
    """Return the encoding of a file that begins with ``head``, and a sentence if it is a guess.

    Parameters
    ----------
    head : bytes
        The first bytes of the (unpacked) file.
    wanted : str, optional
        The encoding the user named; only a byte order mark is looked for then.
    """
    marked = next((encoding for bom, encoding in BOMS if head.startswith(bom)), "")
    if wanted:
        name = codecs.lookup(wanted).name
        return ("utf-8-sig" if name == "utf-8" and marked == "utf-8-sig" else name), ""
    if marked:
        return marked, ""
    wide = _utf_16_without_mark(head)
    if wide:
        return wide, f"Read as {wide.upper()}, guessed from its zero bytes."
    text = head.decode("utf-8", MARK_ERRORS)
    # A character cut in two by the end of the head is no fault of the file.
    n_bad = text[:-1].count(BAD_MARK)
    n_good = sum(not character.isascii() for character in text) - text.count(BAD_MARK)
    if n_bad == 0 or n_good > n_bad:
        return "utf-8", ""
    name = _guess_single_byte(head)
    return name, f"It is not UTF-8; read as {name}, a guess from its letters."


def _utf_16_without_mark(head: bytes) -> str:
    half = max(len(head) // 2, 1)
    at_even, at_odd = head[::2].count(0) / half, head[1::2].count(0) / half
    if at_odd > 0.3 and at_even < 0.05:
        return "utf-16-le"
    if at_even > 0.3 and at_odd < 0.05:
        return "utf-16-be"
    return ""


def _guess_single_byte(head: bytes) -> str:
    lines = [line for line in head.split(b"\n") if not line.isascii()]
    sample = b"\n".join(lines)[:GUESSED_FROM]
    # An accented letter between plain ones is the sign of Western European text.
    words = re.findall(rb"[A-Za-z]*[\x80-\xff]+[A-Za-z]*", sample)
    western = sum(len(re.sub(rb"[^\x80-\xff]", b"", word)) <= 2 < len(word) for word in words)
    if western >= len(words) / 2 or len(words) < 3:
        return "cp1252"
    import charset_normalizer

    best = charset_normalizer.from_bytes(sample, cp_isolation=["cp1252", *TRIED]).best()
    return best.encoding if best else "cp1252"

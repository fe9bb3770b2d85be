"""Reads pairs of files, named on standard input with a tab between, with pydicom, and prints in what the second differs.

The second is the first in another encoding, or with the corrections of the test: then it says so behind another tab.
"""
import sys
import warnings

import numpy
import pydicom

warnings.simplefilter("ignore")
PIXELS = {0x7FE00008, 0x7FE00009, 0x7FE00010}
# Of the encapsulation, or of colour as it was compressed; an icon is left out when pixels are decoded.
OF_COMPRESSION = {0x7FE00001, 0x7FE00002, 0x7FE00003, 0x00280004, 0x00280006, 0x00880200}
CORRECTED = {0x00100010: "New^Name", 0x00100020: "NEW-17", 0x00101040: "Nowhere 1"}
ORIGINALS = 0x04000561
BIG_ENDIAN = "1.2.840.10008.1.2.2"
UNCOMPRESSED = {
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    BIG_ENDIAN,
    "1.2.840.10008.1.2.1.99",
    "1.2.840.113619.5.2",
}
WORDS = {"OW": 2, "OF": 4, "OL": 4, "OD": 8, "OV": 8}


def swapped(value, size):
    return b"".join(value[i : i + size][::-1] for i in range(0, len(value), size))


def element(dataset, tag):
    """None where pydicom would have to guess: of a value of VR UN, too, which keeps its bytes in whatever order they were."""
    try:
        if getattr(dataset.get_item(tag), "VR", None) == "UN":
            return None
        return dataset[tag]
    except Exception:  # a value that pydicom cannot interpret
        return None


def read(dataset, found, big):
    vr = str.__str__(found.VR)
    value = found.value
    return swapped(value, WORDS[vr]) if big and vr in WORDS and value else value


def compare(before, after, path, wrong, ignored, orders):
    tags = {t for d in (before, after) for t in d.keys() if t.element and t != 0xFFFCFFFC and t not in ignored}
    for tag in sorted(tags):
        name = "%s%08X" % (path, tag)
        if tag not in before or tag not in after:
            wrong.append(name + (" is new" if tag in after else " is missing"))
            continue
        mine, theirs = element(before, tag), element(after, tag)
        if mine is None or theirs is None:
            continue
        vrs = {str.__str__(mine.VR), str.__str__(theirs.VR)}
        if "SQ" in vrs and len(vrs) == 1:
            if len(mine.value) != len(theirs.value):
                wrong.append(name + " has other items")
                continue
            for i, (one, other) in enumerate(zip(mine.value, theirs.value)):
                compare(one, other, "%s/%d/" % (name, i + 1), wrong, set(), orders)
        # Implicit VR leaves to the reader what a private attribute is, and some others.
        elif len(vrs) > 1 and ("UN" in vrs or any(" or " in vr for vr in vrs)):
            continue
        elif any(" or " in vr for vr in vrs):
            continue
        elif read(before, mine, orders[0]) != read(after, theirs, orders[1]):
            wrong.append("%s was %r is %r" % (name, mine.value, theirs.value))


def pixels(dataset, big, words):
    """With words their bytes: where samples are not of 16 bits, pydicom takes no heed of big endian words (PS3.5 7.3)."""
    try:
        if words:
            return numpy.frombuffer(swapped(dataset.PixelData, 2) if big else dataset.PixelData, numpy.uint8)
        return dataset.pixel_array
    except Exception:  # no pixel data, or a codec that pydicom lacks
        return None


def differences(stored, leaving, corrected):
    before = pydicom.dcmread(stored, force=True)
    after = pydicom.dcmread(leaving)
    syntaxes = [d.file_meta.get("TransferSyntaxUID", "1.2.840.10008.1.2") for d in (before, after)]
    ignored = set(PIXELS)
    if syntaxes[0] != syntaxes[1] and pydicom.uid.UID(syntaxes[0]) not in UNCOMPRESSED:
        ignored |= OF_COMPRESSION
    wrong = []
    if corrected:
        ignored |= {ORIGINALS, *CORRECTED}
        for tag, value in CORRECTED.items():
            if str(after[tag].value) != value:
                wrong.append("%08X is not corrected" % tag)
        had = len(before[ORIGINALS].value) if ORIGINALS in before else 0
        if len(after[ORIGINALS].value) != had + 1:
            wrong.append("no item of Original Attributes Sequence")
    big = [str(s) == BIG_ENDIAN for s in syntaxes]
    compare(before, after, "", wrong, ignored, big)
    words = any(big) and syntaxes[0] in UNCOMPRESSED and before.get("BitsAllocated") != 16
    words = words and all("PixelData" in d and d["PixelData"].VR == "OW" for d in (before, after))
    mine = pixels(before, big[0], words)
    if mine is not None:
        theirs = pixels(after, big[1], words)
        if theirs is None or mine.shape != theirs.shape or (mine != theirs).any():
            wrong.append("other pixels")
    return wrong, mine is not None


compared = 0
decoded = 0
for line in sys.stdin:
    stored, leaving, *corrected = line.rstrip("\n").split("\t")
    wrong, had_pixels = differences(stored, leaving, corrected)
    compared += 1
    decoded += had_pixels
    for difference in wrong:
        print("%s\t%s\t%s" % (stored, leaving, difference[:300]))
print("compared\t%d\t%d" % (compared, decoded))

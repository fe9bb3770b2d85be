"""Reads every file of two directories with pydicom and compares them element by element, pixels included where pydicom can
decode them. What was returned must be readable as it is; what was sent may lack meta information."""
import os
import sys
import warnings

import pydicom

warnings.simplefilter("ignore")
sent, returned = sys.argv[1:3]
names = sorted(os.listdir(sent))
assert names == sorted(os.listdir(returned)), "the directories hold different objects"


def pixels(dataset):
    try:
        return dataset.pixel_array
    except Exception:  # whatever pydicom has no decoder for
        return None


def same(before, after, tag):
    try:
        return before.get(tag) == after.get(tag)
    except Exception:  # an element that pydicom cannot decode: as it is in the file
        return [getattr(d.get_item(tag), "value", None) for d in (before,)] == [
            getattr(d.get_item(tag), "value", None) for d in (after,)
        ]


wrong = []
decoded = 0
for name in names:
    before = pydicom.dcmread(os.path.join(sent, name), force=True)
    try:
        after = pydicom.dcmread(os.path.join(returned, name))
    except Exception as error:
        wrong.append(f"{name}: pydicom cannot read it: {error}")
        continue
    if after.file_meta.MediaStorageSOPInstanceUID != after.get("SOPInstanceUID", after.file_meta.MediaStorageSOPInstanceUID):
        wrong.append(f"{name}: its meta information names another instance")
    # Where the syntax is another one, it was decoded on the way: the pixels are compared below.
    decodes = before.file_meta.get("TransferSyntaxUID") not in (None, after.file_meta.TransferSyntaxUID)
    for tag in sorted(set(before.keys()) | set(after.keys())):
        # Group lengths are retired, and made anew by toolkits (PS3.5 7.2).
        if tag.element != 0 and not (decodes and tag == 0x7FE00010) and not same(before, after, tag):
            wrong.append(f"{name}\t{tag.group:04X}{tag.element:04X}\tdiffers")
    mine = pixels(before) if "PixelData" in before else None
    if mine is not None:
        theirs = pixels(after)
        if theirs is None or mine.shape != theirs.shape or (mine != theirs).any():
            wrong.append(f"{name}\tpixels\tother pixels")
        decoded += 1
print("\n".join(wrong))
print("compared", len(names), "decoded", decoded)
sys.exit(1 if wrong else 0)

"""Reads every file of two directories with pydicom and compares them element by element, pixels included."""
import os
import sys

import pydicom

sent, returned = sys.argv[1:3]
names = sorted(os.listdir(sent))
assert names == sorted(os.listdir(returned)), "the directories hold different objects"
for name in names:
    before = pydicom.dcmread(os.path.join(sent, name))
    after = pydicom.dcmread(os.path.join(returned, name))
    assert after.file_meta.MediaStorageSOPInstanceUID == after.SOPInstanceUID, name
    assert before == after, f"{name} differs"
    assert str(before.PatientName) == str(after.PatientName), name
    if "PixelData" in after:
        assert (before.pixel_array == after.pixel_array).all(), name
print("compared", len(names))

"""Reads one DICOM JSON data set from each line; prints, for each, the number of elements that it understood, or why not."""
import sys
import warnings

from pydicom.dataset import Dataset

warnings.filterwarnings("ignore")


def count(dataset):
    n = 0
    for element in dataset:
        n += 1
        if element.VR == "SQ":
            n += sum(count(item) for item in element.value)
    return n


for line in sys.stdin:
    try:
        print(count(Dataset.from_json(line, bulk_data_uri_handler=lambda tag, vr, uri: b"")))
    except Exception as e:
        print("%s: %s" % (type(e).__name__, e))

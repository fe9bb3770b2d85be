"""Prints what pydicom reads of each file named on standard input.

Lines: file TAB path TAB vr TAB values as a JSON list of strings; file TAB ! TAB reason, for one that it cannot read.
"""
import json
import sys
import warnings

import pydicom
from pydicom.multival import MultiValue

warnings.filterwarnings("ignore")
BINARY = {"OB", "OW", "OF", "OD", "OL", "OV", "UN"}


def texts(vr, value):
    if value is None:
        return []
    many = list(value) if isinstance(value, (MultiValue, list)) else [value]
    out = []
    for v in many:
        if vr in ("DS", "IS"):
            v = getattr(v, "original_string", v)
        if vr == "AT":
            v = "%08X" % int(v)
        out.append("" if v is None else str(v))
    return out


def dump(name, dataset, prefix, out):
    for key in sorted(dataset.keys()):
        if key.element == 0 or key == 0xFFFCFFFC:
            continue
        try:
            element = dataset[key]
        except Exception as e:  # pydicom itself cannot interpret this value
            out.append((name, prefix + "%08X" % key, "?", json.dumps([type(e).__name__])))
            continue
        vr = str.__str__(element.VR)
        path = prefix + "%08X" % key
        if vr == "SQ":
            out.append((name, path, vr, json.dumps([str(len(element.value))])))
            for i, item in enumerate(element.value):
                dump(name, item, "%s/%d/" % (path, i + 1), out)
        elif vr in BINARY or len(vr) != 2:
            length = len(element.value) if hasattr(element.value, "__len__") else 0
            out.append((name, path, vr, json.dumps([str(length)])))
        else:
            out.append((name, path, vr, json.dumps(texts(vr, element.value))))


for line in sys.stdin:
    file = line.rstrip("\n")
    rows = []
    try:
        dump(file, pydicom.dcmread(file, force=True), "", rows)
        print("\n".join("\t".join(row) for row in rows))
        print("%s\t.\t%d" % (file, len(rows)))
    except Exception as e:
        print("%s\t!\t%s" % (file, type(e).__name__))
    sys.stdout.flush()

"""Compares what pydicom reads from files with DICOM JSON metadata: metadata.py FILES JSON. Each directory holds one entry
per instance of the same name. Every text element of the file must be in the JSON, decoded to the same characters.
Prints one line per difference: name, path of tags, what is in the JSON, what pydicom read."""
import json
import os
import sys
import warnings

import pydicom

warnings.simplefilter("ignore")
files, metadata = sys.argv[1:3]
TEXT = {"AE", "AS", "CS", "DA", "DT", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"}
# Left in the text by pydicom 2.3, which takes Python's decoder for one that knows it (charset.handled_encodings).
ESCAPE_OF_IR_58 = "\x1b$)A"
GROUPS = ("Alphabetic", "Ideographic", "Phonetic")


def of_name(name):
    groups = [group.replace(ESCAPE_OF_IR_58, "").rstrip(" ^") for group in name.components]
    return {key: group for key, group in zip(GROUPS, groups) if group}


def values(element):
    value = element.value
    if value is None or value == "":
        return []
    many = list(value) if isinstance(value, (list, pydicom.multival.MultiValue)) else [value]
    if element.VR == "PN":
        # An empty PersonName of pydicom has no components.
        return [of_name(v) if str(v) else {} for v in many]
    texts = [str(v).replace(ESCAPE_OF_IR_58, "") for v in many]
    return [text.strip(" \0") if element.VR not in ("LT", "ST", "UT") else text.rstrip(" \0") for text in texts]


def ours(entry):
    found = []
    for value in entry.get("Value", []):
        if isinstance(value, dict) and entry["vr"] == "PN":
            found.append({key: group.rstrip(" ^") for key, group in value.items() if group.rstrip(" ^")})
        elif value is None:
            found.append({} if entry["vr"] == "PN" else "")
        elif entry["vr"] in ("LT", "ST", "UT"):
            found.append(str(value).rstrip(" \0"))
        else:
            found.append(str(value).strip(" \0"))
    return found


def trimmed(many):
    while many and not many[-1]:
        many = many[:-1]
    return many


def compare(name, dataset, entries, path):
    count = 0
    for tag in sorted(dataset.keys()):
        if tag.element == 0 or tag == 0xFFFCFFFC:
            continue
        key = "%04X%04X" % (tag.group, tag.element)
        here = path + key
        try:
            element = dataset[tag]
        except Exception as error:
            print(f"{name}\t{here}\t?\tpydicom: {type(error).__name__}")
            continue
        entry = entries.get(key)
        if element.VR == "SQ":
            items = (entry or {}).get("Value", [])
            if len(items) != len(element.value):
                print(f"{name}\t{here}\t{len(items)} items\t{len(element.value)} items")
                continue
            for item, theirs in zip(element.value, items):
                count += compare(name, item, theirs or {}, here + "/")
        elif element.VR in TEXT:
            if entry is not None and "BulkDataURI" in entry:
                continue
            if tag.is_private and entry is not None and entry["vr"] == "UN":
                continue  # of Implicit VR or UN in the file; pydicom has a dictionary of private elements
            if tag == 0x00080005 and entry is not None and ours(entry) == ["ISO_IR 192"]:
                continue  # JSON is UTF-8 (PS3.18 Annex F)
            count += 1
            mine = trimmed(ours(entry)) if entry is not None else None
            theirs = trimmed(values(element))
            if mine != theirs:
                print(f"{name}\t{here}\t{mine!r}\t{theirs!r}")
    return count


names = sorted(os.listdir(files))
assert names == sorted(os.listdir(metadata)), "the directories hold different objects"
elements = 0
for name in names:
    with open(os.path.join(metadata, name), encoding="utf-8") as text:
        entries = json.load(text)
    elements += compare(name, pydicom.dcmread(os.path.join(files, name), force=True), entries, "")
print("compared", len(names), "instances", elements, "elements")

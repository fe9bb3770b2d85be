"""Reads pairs of Native DICOM Model documents (PS3.19 A.1), named on standard input with a tab between, and prints in what they
differ. The first is ours, the second dcm2xml's."""
import base64
import struct
import sys
import xml.etree.ElementTree as xml

PARTS = ["FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix"]
GROUPS = ["Alphabetic", "Ideographic", "Phonetic"]


def local(element):
    return element.tag.rsplit("}", 1)[-1]


def name(element):
    groups = {local(g): {local(p): p.text or "" for p in g} for g in element}
    joined = ["^".join(groups.get(g, {}).get(p, "") for p in PARTS).rstrip("^ ") for g in GROUPS]
    return "=".join(joined).rstrip("=")


def number(vr, text):
    try:
        # dcm2xml rounds the last of 17 digits.
        return struct.pack("<f", float(text)).hex() if vr == "FL" else "%.15g" % float(text)
    except (ValueError, OverflowError):
        return text


def value(vr, element):
    kind = local(element)
    if kind == "PersonName":
        return name(element)
    if kind == "InlineBinary":
        return base64.b64decode(element.text or "").hex()
    if kind == "BulkData":
        return "bulk"
    text = (element.text or "").strip(" \0")
    return number(vr, text) if vr in ("FL", "FD", "DS") else text


def flatten(root, path, out):
    for attribute in root:
        tag, vr = attribute.get("tag").upper(), attribute.get("vr")
        creator = attribute.get("privateCreator", "")
        if tag == "FFFCFFFC" or (tag.endswith("0000") and not creator) or tag == "00080005":
            continue
        place = "%s%s%s" % (path, tag, "[%s]" % creator.strip() if creator else "")
        if vr == "SQ":
            out[place] = (vr, str(len(attribute)))
            for item in attribute:
                flatten(item, "%s/%s/" % (place, item.get("number")), out)
            continue
        values = [value(vr, child) for child in attribute]
        while values and values[-1] == "":
            values.pop()
        out[place] = (vr, values)
    return out


def differ(ours, theirs):
    if ours is None or theirs is None:
        return True
    if "UN" in (ours[0], theirs[0]) and ours[0] != theirs[0]:
        return False
    # What is long is named by each in its own way.
    if "bulk" in ours[1] or "bulk" in theirs[1]:
        return False
    return ours != theirs


documents = 0
attributes = 0
for line in sys.stdin:
    ours, theirs = (flatten(xml.parse(p).getroot(), "", {}) for p in line.rstrip("\n").split("\t")[:2])
    documents += 1
    for place in sorted(set(ours) | set(theirs)):
        attributes += 1
        if differ(ours.get(place), theirs.get(place)):
            print(("%s\t%s\tours %s\tdcm2xml %s" % (line.split("\t")[2].strip(), place, ours.get(place), theirs.get(place)))[:400])
print("compared\t%d\t%d" % (documents, attributes))

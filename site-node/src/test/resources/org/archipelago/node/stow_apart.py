"""Stores each DICOM file named on standard input as metadata and bulk data, and compares what comes back with it.

Arguments: the address of the DICOMweb service; json or xml. Lines: file TAB OK TAB elements; file TAB DIFFERS TAB first difference;
file TAB UNSENT TAB reason, for one that pydicom cannot turn into metadata; file TAB REFUSED TAB status and warnings; file TAB
UNREAD TAB reason, for one that pydicom cannot read back.
"""
import base64
import copy
import io
import json
import sys
import urllib.error
import urllib.request
import warnings
from xml.etree import ElementTree

import pydicom
from pydicom.encaps import generate_pixel_data_frame
from pydicom.filewriter import correct_ambiguous_vr
from pydicom.uid import generate_uid

warnings.filterwarnings("ignore")
SERVICE = sys.argv[1]
FORM = sys.argv[2]
BINARY = {"OB", "OW", "OF", "OD", "OL", "OV", "UN"}
COMPONENTS = ["FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix"]
MEDIA = {
    "1.2.840.10008.1.2.4.50": "image/jpeg",
    "1.2.840.10008.1.2.4.51": "image/jpeg",
    "1.2.840.10008.1.2.4.57": "image/jpeg",
    "1.2.840.10008.1.2.4.70": "image/jpeg",
    "1.2.840.10008.1.2.4.80": "image/jls",
    "1.2.840.10008.1.2.4.81": "image/jls",
    "1.2.840.10008.1.2.4.90": "image/jp2",
    "1.2.840.10008.1.2.4.91": "image/jp2",
    "1.2.840.10008.1.2.5": "image/dicom-rle",
}
GENERATED = {0x7FE00001, 0x7FE00002}


def part(headers, body):
    head = "".join("%s: %s\r\n" % header for header in headers)
    return b"--apart\r\n" + head.encode() + b"\r\n" + body + b"\r\n"


def native(dataset, parent, bulk):
    """PS3.19 A.1, written by another hand than the node's."""
    for e in dataset:
        node = ElementTree.SubElement(parent, "DicomAttribute", tag="%08X" % e.tag, vr=str.__str__(e.VR))
        if e.tag.is_private and not e.tag.is_private_creator and e.private_creator:
            node.set("privateCreator", e.private_creator)
            node.set("tag", "%04X00%02X" % (e.tag.group, e.tag.element & 0xFF))
        if e.VR == "SQ":
            for i, item in enumerate(e.value):
                native(item, ElementTree.SubElement(node, "Item", number=str(i + 1)), bulk)
        elif e.is_empty:
            pass
        elif e.VR in BINARY:
            if len(e.value) > 256:
                ElementTree.SubElement(node, "BulkData", uri=bulk(e))
            else:
                ElementTree.SubElement(node, "InlineBinary").text = base64.b64encode(e.value).decode()
        else:
            many = list(e.value) if isinstance(e.value, (list, pydicom.multival.MultiValue)) else [e.value]
            for i, v in enumerate(many):
                if e.VR == "PN":
                    name = ElementTree.SubElement(node, "PersonName", number=str(i + 1))
                    for group, text in zip(("Alphabetic", "Ideographic", "Phonetic"), v.components):
                        if text:
                            components = ElementTree.SubElement(name, group)
                            for component, name_part in zip(COMPONENTS, text.split("^")):
                                ElementTree.SubElement(components, component).text = name_part
                else:
                    text = "%08X" % int(v) if e.VR == "AT" else str(getattr(v, "original_string", v))
                    ElementTree.SubElement(node, "Value", number=str(i + 1)).text = text


def message(dataset, syntax):
    parts = []
    frames = None
    if syntax.is_compressed and "PixelData" in dataset and not syntax.is_deflated:
        frames = list(generate_pixel_data_frame(dataset.PixelData, int(dataset.get("NumberOfFrames", 1) or 1)))

    def bulk(element):
        location = "bulk/%d" % len(parts)
        value = element.value
        if element.tag == 0x7FE00010 and frames is not None:
            kind = MEDIA[str(syntax)] + "; transfer-syntax=" + str(syntax)
            for frame in frames:
                parts.append(part([("Content-Type", kind), ("Content-Location", location)], frame))
        else:
            parts.append(part([("Content-Type", "application/octet-stream"), ("Content-Location", location)], value))
        return location

    if FORM == "json":
        metadata = json.dumps([dataset.to_json_dict(bulk_data_threshold=256, bulk_data_element_handler=bulk)]).encode()
    else:
        root = ElementTree.Element("NativeDicomModel", xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM")
        native(correct_ambiguous_vr(copy.deepcopy(dataset), True), root, bulk)
        metadata = ElementTree.tostring(root, encoding="utf-8").replace(b"\r", b"&#13;")
    first = part([("Content-Type", "application/dicom+" + FORM)], metadata)
    return first + b"".join(parts) + b"--apart--\r\n"


def post(body):
    request = urllib.request.Request(SERVICE + "/studies", body)
    request.add_header("Content-Type", 'multipart/related; type="application/dicom+%s"; boundary=apart' % FORM)
    with urllib.request.urlopen(request) as answer:
        return answer.status


def get(dataset):
    path = "/studies/%s/series/%s/instances/%s" % (
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.SOPInstanceUID)
    request = urllib.request.Request(SERVICE + path, headers={"Accept": "application/dicom; transfer-syntax=*"})
    with urllib.request.urlopen(request) as answer:
        return pydicom.dcmread(io.BytesIO(answer.read()))


def plain(dataset):
    """Without group lengths and the offset tables of other bytes."""
    return [e for e in dataset if e.tag.element != 0 and int(e.tag) not in GENERATED]


def number(text):
    try:
        return float(text)
    except ValueError:
        return str(text)


def value(element):
    v = element.value
    if v is None or v == "":
        return ""
    if isinstance(v, bytes):
        return v + b"\0" * (len(v) % 2)
    if element.VR in ("DS", "IS"):
        return [number(x) for x in (v if isinstance(v, (list, pydicom.multival.MultiValue)) else [v]) if x != ""]
    if isinstance(v, (list, pydicom.multival.MultiValue)):
        return [str(x) for x in v]
    return str(v)


def difference(was, now, path=""):
    """The first difference, or None; and how many elements were compared."""
    if [e.tag for e in plain(was)] != [e.tag for e in plain(now)]:
        return path + "tags", 0
    n = 0
    for a, b in zip(plain(was), plain(now)):
        n += 1
        here = "%s%08X" % (path, a.tag)
        if a.VR == "SQ":
            if len(a.value) != len(b.value):
                return here + " items", n
            for x, y in zip(a.value, b.value):
                found, m = difference(x, y, here + "/")
                n += m
                if found:
                    return found, n
        elif a.tag == 0x7FE00010 and was.is_undefined_length_pixels:
            frames = int(was.get("NumberOfFrames", 1) or 1)
            if list(generate_pixel_data_frame(a.value, frames)) != list(generate_pixel_data_frame(b.value, frames)):
                return here + " frames", n
        elif a.tag == 0x00080005 or not a.is_empty or not b.is_empty:
            if a.VR != b.VR or value(a) != value(b):
                return "%s %s %r %s %r" % (here, a.VR, str(a.value)[:40], b.VR, str(b.value)[:40]), n
    return None, n


pydicom.dataset.Dataset.is_undefined_length_pixels = property(
    lambda self: "PixelData" in self and bool(self["PixelData"].is_undefined_length))

for line in sys.stdin:
    name = line.rstrip("\n")
    try:
        was = pydicom.dcmread(name)
        if not was.is_little_endian:
            print("%s\tUNSENT\tpydicom keeps its bulk data in big endian" % name)
            continue
        # Some files are there more than once: each is a study of its own.
        was.StudyInstanceUID, was.SeriesInstanceUID, was.SOPInstanceUID = generate_uid(), generate_uid(), generate_uid()
        body = message(was, was.file_meta.TransferSyntaxUID)
    except Exception as e:
        print("%s\tUNSENT\t%s" % (name, type(e).__name__))
        continue
    try:
        post(body)
        found, n = difference(was, get(was))
        print("%s\tDIFFERS\t%s" % (name, found) if found else "%s\tOK\t%d" % (name, n))
    except urllib.error.HTTPError as e:
        print("%s\tREFUSED\t%d %s" % (name, e.code, e.headers.get_all("Warning")))
    except Exception as e:
        print("%s\tUNREAD\t%s %s" % (name, type(e).__name__, e))

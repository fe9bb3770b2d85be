"""Makes CT images of 512 x 512 x 16 bits from a seed: make-ct.py DIRECTORY COUNT SEED."""

import os
import sys

import numpy
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

directory, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
os.makedirs(directory, exist_ok=True)
noise = numpy.random.default_rng(seed)
root = "2.25.%d" % (10**20 + seed)
for number in range(1, count + 1):
    image = Dataset()
    image.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    image.SOPInstanceUID = "%s.1.%d" % (root, number)
    image.StudyInstanceUID = root
    image.SeriesInstanceUID = root + ".1"
    image.StudyDate, image.StudyTime, image.AccessionNumber = "20260101", "120000", "B%d" % seed
    image.Modality, image.Manufacturer = "CT", "Bench"
    image.PatientName, image.PatientID = "BENCH^%d" % seed, "BENCH%d" % seed
    image.PatientBirthDate, image.PatientSex, image.ReferringPhysicianName, image.StudyID = "19500101", "O", "", "1"
    image.SeriesNumber, image.InstanceNumber = 1, number
    image.ImagePositionPatient, image.ImageOrientationPatient = [0, 0, number], [1, 0, 0, 0, 1, 0]
    image.SliceThickness, image.PixelSpacing, image.KVP = 1, [0.5, 0.5], 120
    image.Rows = image.Columns = 512
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
    image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 12, 11, 0
    image.RescaleIntercept, image.RescaleSlope = -1024, 1
    image.PixelData = noise.integers(0, 4096, 512 * 512, dtype=numpy.uint16).tobytes()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    image.is_little_endian, image.is_implicit_VR = True, False
    image.save_as("%s/%06d.dcm" % (directory, number), write_like_original=False)

# One line on standard input for each frame: stored file, its first frame as it left without compression, what another
# decoder made of the file; with tabs between. The frame is read by what the stored file says of the image, as a client
# with the metadata has to. Prints the mean and the largest difference of RGB samples.
import sys
import warnings

import numpy
import pydicom
from pydicom.pixel_data_handlers.util import convert_color_space

warnings.simplefilter("ignore")


def rgb(dataset, frame=None):
    if frame is not None:
        dataset.PixelData = frame
        dataset.NumberOfFrames = 1
        dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    pixels = dataset.pixel_array
    if pixels.ndim == 4:
        pixels = pixels[0]
    if dataset.PhotometricInterpretation in ("YBR_FULL", "YBR_FULL_422"):
        pixels = convert_color_space(pixels, "YBR_FULL", "RGB")
    return pixels.astype(numpy.int64)


for line in sys.stdin:
    stored, frame, reference = line.rstrip("\n").split("\t")
    with open(frame, "rb") as file:
        ours = rgb(pydicom.dcmread(stored), file.read())
    theirs = rgb(pydicom.dcmread(reference))
    difference = numpy.abs(ours - theirs)
    print("%.3f %d" % (difference.mean(), difference.max()), flush=True)

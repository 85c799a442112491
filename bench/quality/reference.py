"""Hashes raw pixels with the reference implementation of PDQ (PyPI: pdqhash).

Usage: python bench/quality/reference.py MANIFEST

MANIFEST is JSON: a list of {file, width, height, channels, ...}, where `file` names raw 8-bit pixels beside it
(row by row, 1 or 3 channels). Prints the same list with `hash` and `quality` added and without `file` and
`channels`; `hash` is null for a picture that the reference refuses. bench/quality/vectors.ts writes the
manifest and runs this script.
"""

import json
import pathlib
import sys

import numpy
import pdqhash


def reference_hash(pixels):
    """Hash as 64 hexadecimal digits and quality of a height x width x 3 array of bytes."""
    bits, quality = pdqhash.compute(pixels)
    if not bits.any() and min(pixels.shape[:2]) < 5:
        return None, quality
    return "%064x" % int("".join(map(str, bits)), 2), quality


def main(manifest_path):
    folder = pathlib.Path(manifest_path).parent
    vectors = json.loads(pathlib.Path(manifest_path).read_text())
    for vector in vectors:
        raw = numpy.fromfile(folder / vector.pop("file"), dtype=numpy.uint8)
        pixels = raw.reshape(vector["height"], vector["width"], vector.pop("channels"))
        if pixels.shape[2] == 1:
            pixels = numpy.repeat(pixels, 3, axis=2)
        vector["hash"], vector["quality"] = reference_hash(numpy.ascontiguousarray(pixels))
    json.dump(vectors, sys.stdout)


main(sys.argv[1])

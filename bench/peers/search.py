"""Measures one peer that runs in Python, on the values and queries that hashwarden is measured on.

Usage: python bench/peers/search.py JOB

JOB is JSON (bench/search/python-job.ts writes it): the job of bench/search/jobs.ts, with the files of its values and
queries and the rules of timing. Prints a row of results as JSON on a line of its own as soon as it has it, then a
line with the rest. The rules are those of bench/search/timing.ts.
"""

import json
import os
import statistics
import sys
import time

# Before faiss is imported: one thread, as ours.
os.environ["OMP_NUM_THREADS"] = "1"

import faiss
import numpy
from importlib import metadata

BITS = 256
BYTES = BITS // 8
NOT_PLANTED = 0xFFFFFFFF

faiss.omp_set_num_threads(1)


class Flat:
    """Compares every query with every value."""

    def __init__(self, values):
        self.index = faiss.IndexBinaryFlat(BITS)
        self.index.add(values)

    def search(self, queries, radius):
        # faiss finds values nearer than its radius, and none at its radius.
        limits, distances, ids = self.index.range_search(queries, radius + 1)
        return limits, ids


class FlatAvx2(Flat):
    """The same where there is no AVX-512."""

    def __init__(self, values):
        faiss.SIMDConfig.set_level(faiss.SIMDLevel_AVX2)
        super().__init__(values)


class MultiHash(Flat):
    """Sixteen tables of 16 bits, probed with up to radius // 16 bits flipped: as PDQIndex sets it up."""

    def __init__(self, values):
        self.index = faiss.IndexBinaryMultiHash(BITS, 16, 16)
        self.index.add(values)

    def search(self, queries, radius):
        self.index.nflip = radius // 16
        return super().search(queries, radius)


class PdqIndex:
    """What the Hasher-Matcher-Actioner runs. It takes one printed hash at a time and has radius 31 built in."""

    def __init__(self, values):
        from threatexchange.signal_type.pdq.pdq_index import PDQIndex

        # Each value's entry is its number.
        self.index = PDQIndex((value.tobytes().hex(), n) for n, value in enumerate(values))

    def search(self, queries, radius):
        assert radius == self.index.get_match_threshold()
        answers = [self.index.query(query) for query in queries]
        limits = numpy.cumsum([0] + [len(answer) for answer in answers])
        return limits, numpy.array([match.metadata for answer in answers for match in answer], dtype=numpy.int64)


ENGINES = {"faiss-flat": Flat, "faiss-flat-avx2": FlatAvx2, "faiss-multihash": MultiHash, "pdqindex": PdqIndex}


def digits(value):
    return float(f"{value:.3g}")


def measure(engine, queries, planted, batch, radius, rules):
    """A row's figures, and how many matches each of the first queries has."""
    least = max(3, -(-rules["leastQueries"] // batch))
    samples, counts = [], []
    wanted = found = asked = matched = 0
    until = time.perf_counter() + rules["seconds"]
    start = 0
    while time.perf_counter() < until or len(samples) <= least:
        own = queries[start : start + batch]
        began = time.perf_counter()
        limits, ids = engine.search(own, radius)
        samples.append((time.perf_counter() - began) * 1e6 / batch)
        for n, source in enumerate(planted[start : start + batch]):
            if source != NOT_PLANTED:
                wanted += 1
                found += bool(numpy.any(ids[limits[n] : limits[n + 1]] == source))
        if start == len(counts):
            counts.extend(int(count) for count in numpy.diff(limits))
        asked += batch
        matched += int(limits[-1])
        start = 0 if start + 2 * batch > len(queries) else start + batch
    samples = samples[1:]
    row = {
        "micros": digits(statistics.median(samples)),
        "meanMicros": digits(statistics.fmean(samples)),
        "leastMicros": digits(min(samples)),
        "queries": len(samples) * batch,
        "planted": wanted,
        "found": found,
        "matches": digits(matched / asked),
    }
    return row, counts[: rules["comparedQueries"]]


def main(job):
    values = numpy.fromfile(job["values"], dtype=numpy.uint8).reshape(-1, BYTES)
    queries = numpy.fromfile(job["queries"], dtype=numpy.uint8).reshape(-1, BYTES)
    planted = numpy.fromfile(job["planted"], dtype=numpy.uint32)
    began = time.perf_counter()
    engine = ENGINES[job["engine"]](values)
    build_seconds = time.perf_counter() - began
    if job["engine"] == "pdqindex":
        queries = [query.tobytes().hex() for query in queries]
    counts, micros = [], 0
    for asking in job["askings"]:
        if micros * asking["batch"] / 1e6 > job["rules"]["longestBatchSeconds"]:
            continue
        row, seen = measure(engine, queries, planted, asking["batch"], asking["radius"], job["rules"])
        micros = row["meanMicros"]
        if len(seen) > len(counts):
            counts = seen
        print(json.dumps({"row": row, "asking": asking}), flush=True)
    versions = {
        "python": sys.version.split()[0],
        "faiss": faiss.__version__,
        "faissCompileOptions": faiss.get_compile_options().strip(),
        "faissSimdLevel": faiss.SIMDConfig.get_level_name(),
        "faissThreads": str(faiss.omp_get_max_threads()),
        "threatexchange": metadata.version("threatexchange"),
    }
    print(json.dumps({"buildSeconds": build_seconds, "counts": counts, "versions": versions}), flush=True)


main(json.loads(sys.argv[1]))

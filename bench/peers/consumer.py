"""Matches reports from Kafka with threatexchange's PDQIndex and a set of MD5s, and publishes hits.

Usage: python bench/peers/consumer.py TASK

TASK is JSON (bench/pipeline/peer.ts writes it): the broker, group and topics, and the files of the known values (words
of 32 bits, little-endian). Prints a line of JSON once the index is built; consumes until its input ends. It is written
for speed within what the library offers: reports in batches, hits published beside, an offset committed only after
its hits are acknowledged, as ours does.
"""

import hashlib
import json
import os
import sys
import threading
import time
from importlib import metadata

# Before faiss is imported: for one query at a time, starting threads costs more than they bring.
os.environ["OMP_NUM_THREADS"] = "1"

import confluent_kafka
import numpy
from confluent_kafka import Consumer, Producer, TopicPartition
from threatexchange.signal_type.pdq.pdq_index import PDQIndex

BATCH = 256


def printed(file, words):
    """The values of a file as hexadecimal digits, the highest of each word first."""
    values = numpy.fromfile(file, dtype="<u4").byteswap().view(numpy.uint8).reshape(-1, 4 * words)
    return (value.tobytes().hex() for value in values)


def match(report, pdq, md5):
    matches = []
    for reported in report["hashes"]:
        value = reported["value"]
        if reported["type"] == "pdq":
            for found in pdq.query(value):
                matches.append({"type": "pdq", "value": value, "known": found.metadata, "distance": found.similarity_info.distance})
        elif value in md5:
            matches.append({"type": "md5", "value": value, "known": value})
    return matches


def fail(error, _message):
    if error is not None:
        raise SystemExit(f"A hit was not published: {error}")


def main(task):
    began = time.perf_counter()
    pdq = PDQIndex((value, n) for n, value in enumerate(printed(task["pdq"], 8)))
    md5 = set(printed(task["md5"], 4))
    versions = {
        "python": sys.version.split()[0],
        "threatexchange": metadata.version("threatexchange"),
        "confluent-kafka": metadata.version("confluent-kafka"),
        "librdkafka": confluent_kafka.libversion()[0],
    }
    print(json.dumps({"buildSeconds": round(time.perf_counter() - began, 1), "versions": versions}), flush=True)

    stopping = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stopping.set()), daemon=True).start()
    producer = Producer({"bootstrap.servers": task["brokers"], "acks": "all", "linger.ms": 0})
    consumer = Consumer(
        {
            "bootstrap.servers": task["brokers"],
            "group.id": task["group"],
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe([task["reports"]])
    while not stopping.is_set():
        done = {}
        for message in consumer.consume(BATCH, timeout=0.1):
            if message.error():
                raise SystemExit(f"A report could not be read: {message.error()}")
            report = json.loads(message.value())
            matches = match(report, pdq, md5)
            if matches:
                hit_id = hashlib.sha256(f"{report['platform']}\0{report['reportId']}".encode()).hexdigest()
                hit = {"hitId": hit_id, "report": report, "matches": matches}
                producer.produce(task["hits"], key=hit_id, value=json.dumps(hit), on_delivery=fail)
            done[message.partition()] = message.offset() + 1
        producer.flush()
        if done:
            offsets = [TopicPartition(task["reports"], partition, offset) for partition, offset in done.items()]
            consumer.commit(offsets=offsets, asynchronous=False)
    consumer.close()


main(json.loads(sys.argv[1]))

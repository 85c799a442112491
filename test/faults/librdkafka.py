# Writes interleaved transactions by librdkafka, and reads them back by its read_committed: one JSON line per case.
# Standard input: {"brokers": …, "cases": [{"topic": …, "steps": [[producer, "write" | "commit" | "abort", count, zeros]]}]}
import json
import sys
import uuid
from confluent_kafka import Consumer, Producer, TopicPartition

asked = json.load(sys.stdin)
brokers = {"bootstrap.servers": asked["brokers"]}
plain = Producer(brokers)
producers = {}


def producer(number):
    if number == 0:
        return plain
    if number not in producers:
        made = Producer({**brokers, "transactional.id": f"oracle-{uuid.uuid4()}", "linger.ms": 0})
        made.init_transactions(30)
        producers[number] = made
    return producers[number]


def write(topic, steps):
    is_open = set()
    ends = [[number, "abort", 1, False] for number in range(1, 5)]
    for number, does, count, zeros in steps + ends:
        one = producer(number)
        if does == "write":
            if number > 0 and number not in is_open:
                one.begin_transaction()
                is_open.add(number)
            for _ in range(count):
                one.produce(topic, value=b"value".ljust(100, b"."), key=bytes(4) if zeros else None, partition=0)
            one.flush()
        elif number in is_open:
            is_open.discard(number)
            one.commit_transaction(30) if does == "commit" else one.abort_transaction(30)


def read(topic):
    consumer = Consumer({**brokers, "group.id": str(uuid.uuid4()), "isolation.level": "read_committed",
                         "enable.partition.eof": True, "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, 0, 0)])
    offsets = []
    while True:
        message = consumer.poll(30)
        if message is None:
            raise RuntimeError("librdkafka reads nothing")
        if message.error():
            break
        offsets.append(message.offset())
    consumer.close()
    return offsets


for case in asked["cases"]:
    write(case["topic"], case["steps"])
    print(json.dumps(read(case["topic"])), flush=True)

"""A client of Kafka that is not ours: librdkafka, by confluent-kafka.

Usage: python client.py produce TASK
       python client.py read TASK
       python client.py commits TASK

TASK is JSON; librdkafka.ts writes it. `produce` takes jobs from standard input, a line of JSON each, and answers each
with a line of JSON: what became of its records. `read` prints the committed records of a topic, a line of JSON each,
and then its partitions' ends. `commits` prints what a group has committed of a topic, and its partitions' ends.
"""

import base64
import json
import logging
import sys
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka import OFFSET_BEGINNING, KafkaError

FLUSH_SECONDS = 1
COMMIT_SECONDS = 30
RETRY_SECONDS = 90
METADATA_MS = 3000
# Brokers are restarted on purpose: librdkafka's lines about it say nothing new.
SILENT = logging.getLogger("librdkafka")
SILENT.addHandler(logging.NullHandler())
SILENT.propagate = False


def say(line):
    print(json.dumps(line), flush=True)


class Sender:
    """One producer, recreated when a job wants another codec, or when librdkafka calls its error fatal."""

    def __init__(self, task):
        self.task = task
        self.codec = None
        self.producer = None
        self.fatal = 0

    def open(self, codec):
        config = {
            "bootstrap.servers": self.task["brokers"],
            "acks": "all",
            "compression.type": codec,
            "linger.ms": 5,
            "enable.idempotence": self.task["kind"] != "plain",
            # New partitions get records as soon as this.
            "topic.metadata.refresh.interval.ms": METADATA_MS,
        }
        if self.task["kind"] == "transactional":
            config["transactional.id"] = self.task["transactionalId"]
            config["transaction.timeout.ms"] = 60000
        self.producer = Producer(config, logger=SILENT)
        self.codec = codec
        if self.task["kind"] == "transactional":
            self.retry(lambda: self.producer.init_transactions(COMMIT_SECONDS))

    def retry(self, call):
        """Calls again when librdkafka says that it may. Gives up after a while: then a new producer settles the rest.

        (librdkafka 2.16.0 was seen to abort a transaction in vain for minutes after a restart of the broker.)
        """
        deadline = time.monotonic() + RETRY_SECONDS
        while True:
            try:
                return call()
            except KafkaException as raised:
                if not raised.args[0].retriable() or time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def produce(self, topic, records, failed):
        def delivered(error, _message):
            if error is not None:
                failed.append(error.name())

        for record in records:
            key = record["key"]
            while True:
                try:
                    self.producer.produce(
                        topic,
                        key=None if key is None else base64.b64decode(key),
                        value=record["value"],
                        on_delivery=delivered,
                    )
                    break
                except BufferError:
                    self.producer.poll(0.1)

    def flush(self):
        while self.producer.flush(FLUSH_SECONDS) > 0:
            pass

    def plainly(self, job):
        failed = []
        self.produce(job["topic"], job["records"], failed)
        self.flush()
        return ("unknown", ", ".join(sorted(set(failed)))) if failed else ("committed", "")

    def in_transaction(self, job):
        """Half of the records, a pause in which other transactions go on, the other half, and the end asked for."""
        failed = []
        records = job["records"]
        half = len(records) // 2
        try:
            self.producer.begin_transaction()
            self.produce(job["topic"], records[:half], failed)
            self.flush()
            time.sleep(job["pauseMs"] / 1000)
            self.produce(job["topic"], records[half:], failed)
            self.flush()
            if job["transaction"] == "abort":
                self.retry(lambda: self.producer.abort_transaction(COMMIT_SECONDS))
                return "aborted", ""
            self.retry(lambda: self.producer.commit_transaction(COMMIT_SECONDS))
            return "committed", ""
        except KafkaException as raised:
            error = raised.args[0]
            if error.txn_requires_abort():
                self.retry(lambda: self.producer.abort_transaction(COMMIT_SECONDS))
                return "aborted", error.name()
            raise

    def job(self, job):
        try:
            if job["codec"] != self.codec:
                self.open(job["codec"])
            return self.in_transaction(job) if job["transaction"] else self.plainly(job)
        except KafkaException as raised:
            # A new producer of this transactional id ends what the old one left: its outcome is settled before the
            # answer, though we don't know it.
            self.fatal += 1
            self.open(job["codec"])
            return "unknown", raised.args[0].name()


def produce(task):
    sender = Sender(task)
    for line in sys.stdin:
        job = json.loads(line)
        outcome, error = sender.job(job)
        say({"id": job["id"], "outcome": outcome, "error": error})


def commits(task):
    config = {"bootstrap.servers": task["brokers"], "group.id": task["group"], "enable.auto.commit": False}
    consumer = Consumer(config, logger=SILENT)
    topic = task["topic"]
    partitions = sorted(consumer.list_topics(topic, timeout=30).topics[topic].partitions)
    asked = [TopicPartition(topic, partition) for partition in partitions]
    # The ends first: a commit that comes between the two is never behind them.
    ends = [consumer.get_watermark_offsets(one, timeout=30)[1] for one in asked]
    # Negative where there is none.
    committed = [one.offset for one in consumer.committed(asked, timeout=30)]
    say({"ends": ends, "committed": committed})
    consumer.close()


def read(task):
    consumer = Consumer(
        {
            "bootstrap.servers": task["brokers"],
            "group.id": "soak-reader",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
            "check.crcs": True,
        },
        logger=SILENT,
    )
    topic = task["topic"]
    partitions = sorted(consumer.list_topics(topic, timeout=30).topics[topic].partitions)
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in partitions])
    unread = set(partitions)
    while unread:
        for message in consumer.consume(1000, timeout=1):
            error = message.error()
            if error is not None and error.code() == KafkaError._PARTITION_EOF:
                unread.discard(message.partition())
            elif error is not None:
                raise SystemExit(f"{topic} could not be read: {error}")
            else:
                key, value = message.key(), message.value()
                record = {
                    "partition": message.partition(),
                    "offset": message.offset(),
                    "key": None if key is None else base64.b64encode(key).decode(),
                    "value": None if value is None else value.decode(),
                }
                print(json.dumps(record))
    ends = [consumer.get_watermark_offsets(TopicPartition(topic, partition))[1] for partition in partitions]
    say({"ends": ends})
    consumer.close()


{"produce": produce, "read": read, "commits": commits}[sys.argv[1]](json.loads(sys.argv[2]))

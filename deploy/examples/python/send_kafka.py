"""Sends reports of files to Kafka. Needs Python 3.11 and requirements.txt (confluent-kafka).

    KAFKA_BROKERS=kafka-1:9093 HASHWARDEN_PLATFORM=example-platform python3 send_kafka.py FILE…

Over TLS with a password: KAFKA_USER, and KAFKA_PASSWORD_FILE with the password.
"""

import json
import os
import sys

from confluent_kafka import Producer

from report_types import Report
from reports import reports_of

SETTINGS: dict[str, str | int | bool] = {
    "bootstrap.servers": os.environ["KAFKA_BROKERS"],
    "acks": "all",
    "enable.idempotence": True,
    "compression.type": "zstd",
    "linger.ms": 50,
    "batch.size": 262_144,
    "delivery.timeout.ms": 120_000,
}
if "KAFKA_USER" in os.environ:
    with open(os.environ["KAFKA_PASSWORD_FILE"], encoding="utf-8") as file:
        SETTINGS |= {
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": os.environ["KAFKA_USER"],
            "sasl.password": file.read().strip(),
        }


class Sender:
    def __init__(self, topic: str, platform: str) -> None:
        self.producer = Producer(SETTINGS)
        self.topic = topic
        self.platform = platform
        self.delivered = 0

    def send(self, report: Report) -> None:
        report["platform"] = self.platform
        while True:
            try:
                self.producer.produce(
                    self.topic, key=report["reportId"], value=json.dumps(report), on_delivery=self.on_delivery
                )
                self.producer.poll(0)
                return
            except BufferError:  # 100,000 records wait: let some be delivered.
                self.producer.poll(1)

    def on_delivery(self, error, message) -> None:
        if error is None:
            self.delivered += 1
        else:
            # Keep the report, and send it again later under the same id.
            print(f"{message.key().decode()} is not delivered: {error}", file=sys.stderr)


def main() -> None:
    sender = Sender(os.environ.get("HASHWARDEN_TOPIC", "reports"), os.environ["HASHWARDEN_PLATFORM"])
    reports = reports_of(sys.argv[1:])
    for report in reports:
        sender.send(report)
    sender.producer.flush()
    print(f"{sender.delivered} of {len(reports)} delivered")
    sys.exit(0 if sender.delivered == len(reports) else 1)


if __name__ == "__main__":
    main()

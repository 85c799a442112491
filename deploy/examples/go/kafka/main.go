// Sends reports of files to Kafka, by franz-go: acknowledgements by all replicas and idempotence are its defaults.
//
//	KAFKA_BROKERS=kafka-1:9093 HASHWARDEN_PLATFORM=example-platform go run ./kafka FILE…
//
// Over TLS with a password: KAFKA_USER, and KAFKA_PASSWORD_FILE with the password.
package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"hashwarden.example/report"
)

func options() ([]kgo.Opt, error) {
	opts := []kgo.Opt{
		kgo.SeedBrokers(strings.Split(os.Getenv("KAFKA_BROKERS"), ",")...),
		kgo.ProducerBatchCompression(kgo.ZstdCompression()),
		kgo.ProducerLinger(50 * time.Millisecond),
		kgo.RecordDeliveryTimeout(2 * time.Minute),
	}
	user := os.Getenv("KAFKA_USER")
	if user == "" {
		return opts, nil
	}
	password, err := os.ReadFile(os.Getenv("KAFKA_PASSWORD_FILE"))
	if err != nil {
		return nil, err
	}
	auth := scram.Auth{User: user, Pass: strings.TrimSpace(string(password))}
	return append(opts, kgo.DialTLSConfig(&tls.Config{MinVersion: tls.VersionTLS12}), kgo.SASL(auth.AsSha512Mechanism())), nil
}

func run(paths []string) error {
	reports, err := report.OfAll(paths)
	if err != nil {
		return err
	}
	opts, err := options()
	if err != nil {
		return err
	}
	client, err := kgo.NewClient(opts...)
	if err != nil {
		return err
	}
	defer client.Close()
	topic := os.Getenv("HASHWARDEN_TOPIC")
	if topic == "" {
		topic = "reports"
	}
	var delivered atomic.Int64
	for _, one := range reports {
		one.Platform = os.Getenv("HASHWARDEN_PLATFORM")
		value, err := json.Marshal(one)
		if err != nil {
			return err
		}
		record := &kgo.Record{Topic: topic, Key: []byte(one.ReportID), Value: value}
		client.Produce(context.Background(), record, func(record *kgo.Record, err error) {
			if err == nil {
				delivered.Add(1)
				return
			}
			// Keep the report, and send it again later under the same id.
			log.Printf("%s is not delivered: %v", record.Key, err)
		})
	}
	if err := client.Flush(context.Background()); err != nil {
		return err
	}
	fmt.Printf("%d of %d delivered\n", delivered.Load(), len(reports))
	if int(delivered.Load()) < len(reports) {
		return fmt.Errorf("some reports are not delivered")
	}
	return nil
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

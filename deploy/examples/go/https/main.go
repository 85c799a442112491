// Sends reports of files to a gateway over HTTPS. Needs nothing but Go.
//
//	HASHWARDEN_URL=https://gateway.example.org HASHWARDEN_KEY=hw_… go run ./https FILE…
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"time"

	"hashwarden.example/report"
)

const batch = 500

// A proxy may name a day in Retry-After.
const longestWait = 300.0

var client = &http.Client{Timeout: 30 * time.Second}

// send returns once Kafka has the reports. It tries again for as long as that helps: nothing is doubled.
func send(url, key string, reports []report.Report) (string, error) {
	body, err := json.Marshal(reports)
	if err != nil {
		return "", err
	}
	for wait := 1.0; ; wait = min(60, wait*2) {
		status, after, text, err := post(url, key, body)
		switch {
		case err != nil:
			log.Printf("no answer, trying again: %v", err)
		case status == http.StatusAccepted:
			return text, nil
		case status != 408 && status != 429 && status < 500:
			// It says what to correct; of this request nothing was taken.
			return "", fmt.Errorf("%d: %s", status, text)
		default: // Whatever starts with 5 is of the gateway, or of a balancer in front of it, and passes.
			log.Printf("%d, trying again", status)
			if after > 0 {
				wait = min(longestWait, float64(after))
			}
		}
		time.Sleep(time.Duration(wait * (1 + rand.Float64()/2) * float64(time.Second)))
	}
}

func post(url, key string, body []byte) (status int, after uint64, text string, err error) {
	request, err := http.NewRequest(http.MethodPost, url+"/v1/reports", bytes.NewReader(body))
	if err != nil {
		return 0, 0, "", err
	}
	request.Header.Set("X-API-Key", key)
	request.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(request)
	if err != nil {
		return 0, 0, "", err
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	// Zero where it is a date, or missing.
	after, _ = strconv.ParseUint(answer.Header.Get("Retry-After"), 10, 32)
	return answer.StatusCode, after, string(said), err
}

func main() {
	reports, err := report.OfAll(os.Args[1:])
	if err != nil {
		log.Fatal(err)
	}
	for start := 0; start < len(reports); start += batch {
		end := min(start+batch, len(reports))
		answer, err := send(os.Getenv("HASHWARDEN_URL"), os.Getenv("HASHWARDEN_KEY"), reports[start:end])
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(answer)
	}
}

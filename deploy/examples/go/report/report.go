// Package report makes the report of a file that users uploaded. Both producers use it.
package report

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Of makes the report of a file. The id is yours, and the same whenever the report is sent again.
func Of(path, id string, uploadedAt time.Time) (Report, error) {
	file, err := os.Open(path)
	if err != nil {
		return Report{}, err
	}
	defer file.Close()
	names := []string{"sha256", "sha1", "md5"}
	digests := []hash.Hash{sha256.New(), sha1.New(), md5.New()}
	size, err := io.Copy(io.MultiWriter(digests[0], digests[1], digests[2]), file)
	if err != nil {
		return Report{}, err
	}
	// A PDQ hash finds altered copies, too: Hash{Type: "pdq", Value: …, Quality: …}, from a PDQ library.
	hashes := make([]Hash, len(names))
	for at, name := range names {
		hashes[at] = Hash{Type: name, Value: hex.EncodeToString(digests[at].Sum(nil))}
	}
	return Report{
		Schema:     "report/1",
		ReportID:   id,
		ObservedAt: uploadedAt.UTC().Format(time.RFC3339),
		MediaType:  "image", // or "video"
		// What leads you back to the upload; no address.
		ContentRef: id,
		ByteLength: &size,
		Hashes:     hashes,
	}, nil
}

// OfAll is for trying it out: the files stand for uploads. Their ids and times come from your database in earnest.
func OfAll(paths []string) ([]Report, error) {
	reports := make([]Report, 0, len(paths))
	for _, path := range paths {
		about, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		name := sha256.Sum256([]byte(filepath.Base(path)))
		one, err := Of(path, "upload-"+hex.EncodeToString(name[:8]), about.ModTime())
		if err != nil {
			return nil, err
		}
		reports = append(reports, one)
	}
	return reports, nil
}

// Records what Go's transparency log library says of trees, proofs and signed notes, for the tests of the audit:
// go run . > ../../../data/audit-vectors.json
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type inclusion struct {
	Index int64    `json:"index"`
	Size  int64    `json:"size"`
	Proof []string `json:"proof"`
}

type consistency struct {
	Older int64    `json:"older"`
	Newer int64    `json:"newer"`
	Proof []string `json:"proof"`
}

type vectors struct {
	Library string `json:"library"`
	// Entry i is the text `entry i`. Roots by size, from 0.
	Roots []string `json:"roots"`
	// Of each entry, the hashes that it completes.
	Completed   [][]string    `json:"completed"`
	Inclusion   []inclusion   `json:"inclusion"`
	Consistency []consistency `json:"consistency"`
	Notes       []signed      `json:"notes"`
}

type signed struct {
	Name     string `json:"name"`
	Seed     string `json:"seed"`
	Verifier string `json:"verifier"`
	Text     string `json:"text"`
	Note     string `json:"note"`
}

const entries = 130

var stored []tlog.Hash

var reader = tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		found[i] = stored[at]
	}
	return found, nil
})

func main() {
	all := vectors{Library: "golang.org/x/mod v0.43.0"}
	all.Roots = append(all.Roots, text(must(tlog.TreeHash(0, reader))))
	for i := int64(0); i < entries; i++ {
		completed := must(tlog.StoredHashes(i, fmt.Appendf(nil, "entry %d", i), reader))
		stored = append(stored, completed...)
		all.Completed = append(all.Completed, texts(completed))
		all.Roots = append(all.Roots, text(must(tlog.TreeHash(i+1, reader))))
	}
	for _, size := range []int64{1, 2, 3, 4, 5, 7, 8, 9, 31, 33, 64, 127, 128, 129, 130} {
		for _, index := range []int64{0, 1, size / 2, size - 2, size - 1} {
			if index >= 0 && index < size {
				proof := must(tlog.ProveRecord(size, index, reader))
				all.Inclusion = append(all.Inclusion, inclusion{index, size, texts(proof)})
			}
		}
		for _, older := range []int64{1, 2, 3, size / 2, size - 1, size} {
			if older >= 1 && older <= size {
				proof := must(tlog.ProveTree(size, older, reader))
				all.Consistency = append(all.Consistency, consistency{older, size, texts(proof)})
			}
		}
	}
	for i, name := range []string{"hashwarden.example", "log.example/Prüfung"} {
		all.Notes = append(all.Notes, sign(name, byte(i+1), tlog.Tree{N: int64(64 + i), Hash: must(tlog.TreeHash(int64(64+i), reader))}))
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(all); err != nil {
		panic(err)
	}
}

func sign(name string, fill byte, tree tlog.Tree) signed {
	seed := make([]byte, ed25519.SeedSize)
	for i := range seed {
		seed[i] = fill
	}
	public := append([]byte{1}, ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)...)
	digest := sha256.Sum256(append([]byte(name+"\n"), public...))
	id := binary.BigEndian.Uint32(digest[:])
	private := fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", name, id, base64.StdEncoding.EncodeToString(append([]byte{1}, seed...)))
	verifier := fmt.Sprintf("%s+%08x+%s", name, id, base64.StdEncoding.EncodeToString(public))
	body := fmt.Sprintf("%s\n%d\n%s\n", name, tree.N, text(tree.Hash))
	written := must(note.Sign(&note.Note{Text: body}, must(note.NewSigner(private))))
	// The library's own reader accepts it by the key that is recorded.
	must(note.Open(written, note.VerifierList(must(note.NewVerifier(verifier)))))
	return signed{name, base64.StdEncoding.EncodeToString(seed), verifier, body, string(written)}
}

func text(hash tlog.Hash) string { return base64.StdEncoding.EncodeToString(hash[:]) }

func texts(hashes []tlog.Hash) []string {
	all := []string{}
	for _, hash := range hashes {
		all = append(all, text(hash))
	}
	return all
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

package model

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
)

// A saved model is, in this order: the magic, the version of this layout (one
// byte), the length of the body (8 bytes, big-endian), the body, and the SHA-256
// of all that. The body is the CBOR array [kind, version, state], see Register.
const (
	magic         = "\x89SAPWOOD\n"
	layoutVersion = 1
	maxBody       = 1 << 36 // bytes
)

// ErrFormat is what the errors of [Load] wrap if the data are no saved model:
// foreign, truncated, changed, or of a kind or version that this program does not
// know.
var ErrFormat = errors.New("not a saved model")

// Save writes a model or pipeline, in full and with every float bit for bit. Its
// kind must have been registered, as those of this library are; see [Register].
// The same model gives the same bytes.
func Save(w io.Writer, m any) error {
	body, err := encode(m)
	if err != nil {
		return err
	}
	file := make([]byte, 0, len(magic)+9+len(body)+sha256.Size)
	file = append(file, magic...)
	file = append(file, layoutVersion)
	file = binary.BigEndian.AppendUint64(file, uint64(len(body)))
	file = append(file, body...)
	sum := sha256.Sum256(file)
	_, err = w.Write(append(file, sum[:]...))
	return err
}

// Load reads a model that [Save] has written, and no byte more. M is the type of
// the model, or an interface that it has: Load[Predictor[int]] loads any
// classifier, be it a pipeline or not. The package of the model must be part of
// the program, by an import that may be blank.
//
// Data that are not a saved model are an error that is [ErrFormat], found in time
// and memory proportional to their length.
func Load[M any](r io.Reader) (M, error) {
	var none M
	body, err := readBody(r)
	if err != nil {
		return none, err
	}
	m, err := decode(body, reflect.TypeFor[M]())
	if err != nil {
		return none, err
	}
	return m.(M), nil
}

// readBody reads a file up to its end and checks its frame.
func readBody(r io.Reader) ([]byte, error) {
	hash := sha256.New()
	read := io.TeeReader(r, hash)
	var header [len(magic) + 9]byte
	if _, err := io.ReadFull(read, header[:]); err != nil {
		return nil, truncated(err)
	}
	if string(header[:len(magic)]) != magic {
		return nil, fmt.Errorf("%w: it does not begin like one", ErrFormat)
	}
	if v := header[len(magic)]; v != layoutVersion {
		return nil, fmt.Errorf("%w: layout version %d, this program knows %d", ErrFormat, v, layoutVersion)
	}
	length := binary.BigEndian.Uint64(header[len(magic)+1:])
	if length > maxBody {
		return nil, fmt.Errorf("%w: a body of %d bytes", ErrFormat, length)
	}
	// The buffer grows with what arrives, not with what is claimed.
	var body bytes.Buffer
	if _, err := io.CopyN(&body, read, int64(length)); err != nil {
		return nil, truncated(err)
	}
	sum := hash.Sum(nil)
	stored := make([]byte, len(sum))
	if _, err := io.ReadFull(r, stored); err != nil {
		return nil, truncated(err)
	}
	if !bytes.Equal(sum, stored) {
		return nil, fmt.Errorf("%w: the checksum does not agree", ErrFormat)
	}
	return body.Bytes(), nil
}

// truncated makes an early end an ErrFormat and leaves other errors of reading.
func truncated(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("%w: it ends early", ErrFormat)
	}
	return err
}

// SaveFile saves a model as the named file, which it replaces in one step: after
// a crash the name stands for the old content or the new, whole.
func SaveFile(name string, m any) (err error) {
	temporary := name + "." + rand.Text() + ".tmp"
	file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temporary)
		}
	}()
	if err := errors.Join(Save(file, m), file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(temporary, name); err != nil {
		return err
	}
	// The new name is on disk once the directory is. Some systems cannot do this,
	// and there is nothing left to undo.
	if directory, err := os.Open(filepath.Dir(name)); err == nil {
		_ = directory.Sync()
		_ = directory.Close()
	}
	return nil
}

// LoadFile loads the model in the named file; see [Load].
func LoadFile[M any](name string) (M, error) {
	file, err := os.Open(name)
	if err != nil {
		var none M
		return none, err
	}
	defer file.Close()
	m, err := Load[M](file)
	if err != nil {
		return m, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}

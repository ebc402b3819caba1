package dataset

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"slices"
)

const (
	csvBlock  = 1 << 20  // bytes of text that are parsed as one piece of work
	csvRecord = 64 << 20 // bytes of the longest record
)

// plainText returns the text of r without a byte-order mark, and decompressed
// if it is compressed by gzip.
func plainText(r io.Reader) (io.Reader, error) {
	text := bufio.NewReader(r)
	if magic, _ := text.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(text)
		if err != nil {
			return nil, err
		}
		text = bufio.NewReader(z)
	}
	if mark, _ := text.Peek(3); string(mark) == "\ufeff" {
		_, _ = text.Discard(3)
	}
	return text, nil
}

// textBlock is a run of whole records.
type textBlock struct {
	text []byte
	line int // number of its first line
}

// splitter divides CSV text into blocks.
type splitter struct {
	r       io.Reader
	line    int // number of the first line of rest
	rest    []byte
	buffers [][]byte // of the blocks last returned
}

// blocks returns the next blocks, n at most, and io.EOF with the last. They are
// valid until the next call.
func (s *splitter) blocks(n int) ([]textBlock, error) {
	for len(s.buffers) < n {
		s.buffers = append(s.buffers, nil)
	}
	// The rest lies in a buffer that is about to be filled.
	s.rest = bytes.Clone(s.rest)
	var blocks []textBlock
	for i := range n {
		text, err := s.next(&s.buffers[i])
		if len(text) > 0 {
			blocks = append(blocks, textBlock{text, s.line})
			s.line += bytes.Count(text, []byte{'\n'})
		}
		if err != nil {
			return blocks, err
		}
	}
	return blocks, nil
}

// next reads text into *buffer up to the end of a record.
func (s *splitter) next(buffer *[]byte) ([]byte, error) {
	if *buffer == nil {
		*buffer = make([]byte, csvBlock)
	}
	filled := 0
	for {
		for len(*buffer) < filled+len(s.rest)+csvBlock/2 {
			*buffer = append(*buffer, make([]byte, len(*buffer))...)
		}
		filled += copy((*buffer)[filled:], s.rest)
		s.rest = nil
		got, err := io.ReadFull(s.r, (*buffer)[filled:])
		filled += got
		text := (*buffer)[:filled]
		if err != nil {
			if err == io.ErrUnexpectedEOF {
				err = io.EOF
			}
			return text, err
		}
		if end := lastRecordEnd(text); end > 0 {
			s.rest = text[end:]
			return text[:end], nil
		}
		if filled >= csvRecord {
			return nil, fmt.Errorf("a record of more than %d MiB; is a quote left open?", csvRecord>>20)
		}
	}
}

// lastRecordEnd returns the end of the last whole record in text, which begins
// with one; 0 if there is none. A newline ends a record if the number of quotes
// before it is even.
func lastRecordEnd(text []byte) int {
	quotes := bytes.Count(text, []byte{'"'})
	for {
		end := bytes.LastIndexByte(text, '\n')
		if end < 0 {
			return 0
		}
		quotes -= bytes.Count(text[end:], []byte{'"'})
		if quotes%2 == 0 {
			return end + 1
		}
		text = text[:end]
	}
}

// unread returns to the text a block, the last that blocks has returned, but
// for its first consumed bytes.
func (s *splitter) unread(block textBlock, consumed int) {
	s.line = block.line + bytes.Count(block.text[:consumed], []byte{'\n'})
	s.rest = slices.Concat(block.text[consumed:], s.rest)
}

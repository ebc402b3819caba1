package dataset

import (
	"errors"
	"io"
	"math"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// The reader of plain text gives the records of encoding/csv, and its errors.
func TestPlainReader(t *testing.T) {
	piece := rapid.SampledFrom([]string{",", ",", "\n", "\r\n", "\r", " ", "\t", ";", "→", "1", "-2.5", "word", "\u00a0", "é", "\x00", "\xff"})
	rapid.Check(t, func(t *rapid.T) {
		l := csvLayout{
			comma: rapid.SampledFrom([]rune{',', ';', '\t', ' ', '→'}).Draw(t, "comma"),
			slots: make([]int, rapid.IntRange(1, 3).Draw(t, "fields")),
		}
		text := ""
		for _, p := range rapid.SliceOf(piece).Draw(t, "text") {
			text += p
		}
		plain := l.records([]byte(text))
		quoted := l.reader([]byte(text))
		quoted.FieldsPerRecord = len(l.slots)
		for {
			got, err := plain.Read()
			want, wantErr := quoted.Read()
			if (err == nil) != (wantErr == nil) || err == io.EOF != (wantErr == io.EOF) {
				t.Fatalf("%q: error %v, want %v", text, err, wantErr)
			}
			if err == io.EOF {
				return
			}
			if len(got) != len(want) {
				t.Fatalf("%q: record %q, want %q", text, got, want)
			}
			for i := range got {
				if got[i] != want[i] {
					t.Fatalf("%q: record %q, want %q", text, got, want)
				}
			}
			line, _ := plain.FieldPos(0)
			if wantLine, _ := quoted.FieldPos(0); line != wantLine {
				t.Fatalf("%q: line %d, want %d", text, line, wantLine)
			}
			if err != nil && errors.Is(err, wantErr) {
				return
			}
		}
	})
}

func TestParseFloat(t *testing.T) {
	check := func(t interface{ Fatalf(string, ...any) }, cell string) {
		got, err := parseFloat(cell)
		want, wantErr := strconv.ParseFloat(cell, 64)
		if math.Float64bits(got) != math.Float64bits(want) || (err == nil) != (wantErr == nil) {
			t.Fatalf("%q is %v, %v, want %v, %v", cell, got, err, want, wantErr)
		}
	}
	for _, cell := range []string{
		"", "-", "+", ".", "-.", "0", "-0", "+5", "5.", ".5", "1.2.3", "1e5", "nan", "0x10", "1_0",
		"9007199254740993", "9007199254740992.5", "9007199254740993.5", "18014398509481985", // halfway, and past it
		"9999999999999999999", "0.9999999999999999999", "0000000000000000001", "99999999999999999999", "18446744073709551615",
		"0.1234567890123456789", "9.007199254740993", "1.7976931348623157", "0.30000000000000004",
	} {
		check(t, cell)
	}
	rapid.Check(t, func(t *rapid.T) {
		check(t, rapid.StringMatching(`[-+]?[0-9]{0,12}\.?[0-9]{0,12}`).Draw(t, "cell"))
		check(t, strconv.FormatFloat(rapid.Float64().Draw(t, "v"), 'g', -1, 64))
		check(t, strconv.FormatFloat(rapid.Float64Range(-100, 100).Draw(t, "v"), 'f', -1, 64))
		// Around the middle between two floats.
		m := rapid.Uint64Range(1<<53, 1<<62).Draw(t, "m")
		check(t, strconv.FormatUint(m, 10))
	})
}

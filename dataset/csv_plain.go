package dataset

import (
	"encoding/csv"
	"io"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// plainReader reads records as a [csv.Reader] does, for text that has no quotes.
type plainReader struct {
	text   string // yet to be read
	comma  string
	trim   bool     // blanks before a field are not part of it
	record []string // as long as every record must be
	line   int      // number of the record's line, from 1
}

// Read returns the next record, which is valid until the next call.
func (r *plainReader) Read() ([]string, error) {
	line := ""
	for line == "" {
		if r.text == "" {
			return nil, io.EOF
		}
		line, r.text, _ = strings.Cut(r.text, "\n")
		line = strings.TrimSuffix(line, "\r")
		r.line++
	}
	fields := r.record[:0]
	for more := true; more; {
		var field string
		field, line, more = strings.Cut(line, r.comma)
		if r.trim && field != "" && (field[0] <= ' ' || field[0] >= utf8.RuneSelf) {
			field = strings.TrimLeftFunc(field, unicode.IsSpace)
		}
		fields = append(fields, field)
	}
	if len(fields) != len(r.record) {
		return fields, &csv.ParseError{StartLine: r.line, Line: r.line, Column: 1, Err: csv.ErrFieldCount}
	}
	return fields, nil
}

// FieldPos returns the line of the last record; the column is not told.
func (r *plainReader) FieldPos(int) (line, column int) { return r.line, 0 }

// parseFloat is [strconv.ParseFloat], faster for numbers as they mostly stand in
// tables: up to 19 digits, perhaps with a point, without an exponent.
func parseFloat(cell string) (float64, error) {
	mantissa, decimals, negative, ok := decimal(cell)
	if !ok {
		return strconv.ParseFloat(cell, 64)
	}
	var v float64
	if mantissa < 1<<53 {
		// Both are exact, since 10¹⁹ has only 45 bits after its trailing zeros: the
		// division rounds correctly.
		v = float64(mantissa) / float64(pow10[decimals])
	} else {
		v = quotient(mantissa, pow10[decimals])
	}
	if negative {
		v = -v
	}
	return v, nil
}

// decimal reads a decimal number, mantissa / 10^decimals, of at most 19 digits.
func decimal(cell string) (mantissa uint64, decimals int, negative, ok bool) {
	i := 0
	if i < len(cell) && (cell[i] == '-' || cell[i] == '+') {
		negative = cell[i] == '-'
		i++
	}
	point, digits := -1, len(cell)-i
	for ; i < len(cell); i++ {
		digit := cell[i] - '0'
		if digit > 9 {
			if cell[i] != '.' || point >= 0 {
				return 0, 0, false, false
			}
			point = i
			digits--
			continue
		}
		mantissa = mantissa*10 + uint64(digit)
	}
	if point >= 0 {
		decimals = len(cell) - point - 1
	}
	return mantissa, decimals, negative, digits > 0 && digits <= 19
}

// quotient returns a/b, correctly rounded (half to even), for a and b of which
// a is at least 2⁵³ and b is not zero.
func quotient(a, b uint64) float64 {
	// The quotient of 64 or 63 bits, scaled by 2^shift, and whether there is more.
	ashift, bshift := bits.LeadingZeros64(a), bits.LeadingZeros64(b)
	q, rest := bits.Div64(a<<ashift>>1, a<<ashift<<63, b<<bshift)
	shift := 63 + ashift - bshift
	// Keep 54 bits and fold the others into the last: the conversion, which keeps
	// 53, then rounds as the whole would.
	drop := 10 - bits.LeadingZeros64(q)
	kept := q >> drop
	if rest != 0 || kept<<drop != q {
		kept = kept<<1 | 1
	} else {
		kept <<= 1
	}
	exponent := drop - 1 - shift
	return float64(int64(kept)) * math.Float64frombits(uint64(1023+exponent)<<52)
}

// pow10 holds the powers of ten.
var pow10 = func() (powers [20]uint64) {
	powers[0] = 1
	for i := range powers[1:] {
		powers[i+1] = 10 * powers[i]
	}
	return powers
}()

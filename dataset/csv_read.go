package dataset

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"unicode"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/parallel"
)

// table is a data set whatever its target.
type table struct {
	x       *mat.Dense
	y       []float64 // class indices for labels
	weights []float64
	schema  Schema
}

func (t *table) classification() *Classification {
	d := &Classification{X: t.x, Y: make([]int, len(t.y)), Weights: t.weights, Schema: t.schema}
	for i, k := range t.y {
		d.Y[i] = int(k)
	}
	return d
}

// read reads a data set. The text is divided at ends of records into blocks,
// which are parsed in parallel and joined in order, so that the result, be it an
// error, is that of parsing the text as a whole.
func (c CSV) read(r io.Reader, target targetKind) (*table, error) {
	comma, err := c.comma()
	if err != nil {
		return nil, err
	}
	text, err := plainText(r)
	if err != nil {
		return nil, err
	}
	split := &splitter{r: text, line: 1}
	layout, err := c.layout(split, comma, target)
	if err != nil {
		return nil, err
	}
	var done []parsedBlock
	for atEnd := false; !atEnd; {
		texts, readErr := split.blocks(2 * runtime.GOMAXPROCS(0))
		blocks := make([]parsedBlock, len(texts))
		parallel.For(len(texts), 1, func(i, _ int) { blocks[i] = layout.parse(texts[i]) })
		for i := range blocks {
			if err := layout.join(&blocks[i]); err != nil {
				return nil, err
			}
		}
		done = append(done, blocks...)
		if readErr != nil && readErr != io.EOF {
			return nil, fmt.Errorf("line %d: %w", split.line, readErr)
		}
		atEnd = readErr == io.EOF
	}
	return layout.table(done)
}

// parsedBlock is the samples of one block of text.
type parsedBlock struct {
	rows    int
	values  []float64   // rows × slots; names by their index in the block's column
	columns []csvColumn // per slot: what this block tells of it
	err     error       // what ended the block; the columns tell of the lines before
}

// parse reads the records of a block. It changes nothing of the layout.
func (l *csvLayout) parse(block textBlock) parsedBlock {
	r := l.records(block.text)
	b := parsedBlock{columns: make([]csvColumn, len(l.columns))}
	for slot := range l.columns {
		b.columns[slot] = l.columns[slot].forBlock()
	}
	width := len(l.columns)
	// A record takes a line and a byte per field at least.
	most := min(bytes.Count(block.text, []byte{'\n'}), len(block.text)/len(l.slots)) + 1
	b.values = make([]float64, most*width)
	for {
		record, err := r.Read()
		if err == io.EOF {
			return b
		}
		if err != nil {
			b.err = syntaxError(err, record, block.line, len(l.slots))
			return b
		}
		sample := b.values[b.rows*width : (b.rows+1)*width]
		for field, slot := range l.slots {
			if slot < 0 {
				continue
			}
			column := &b.columns[slot]
			kind := column.kind
			if sample[slot], err = column.value(record[field], &l.missing); err == nil && column.kind == kind {
				continue
			}
			line, _ := r.FieldPos(field)
			line += block.line - 1
			if err != nil {
				b.err = fmt.Errorf("line %d, %v: %w", line, column, err)
				return b
			}
			column.line, column.cell = line, record[field]
		}
		b.rows++
	}
}

// recordReader is what is used of a [csv.Reader].
type recordReader interface {
	Read() ([]string, error)
	FieldPos(field int) (line, column int)
}

// records returns a reader of the records of a block, which must all have the
// same number of fields. Text without quotes, as most tables of numbers are,
// has a reader of its own, which is several times faster.
func (l *csvLayout) records(text []byte) recordReader {
	if !bytes.Contains(text, []byte{'"'}) {
		return &plainReader{
			text:   string(text),
			comma:  string(l.comma),
			trim:   !unicode.IsSpace(l.comma),
			record: make([]string, len(l.slots)),
		}
	}
	r := l.reader(text)
	r.ReuseRecord = true
	r.FieldsPerRecord = len(l.slots)
	return r
}

// syntaxError translates an error of encoding/csv in a block that begins at the
// given line.
func syntaxError(err error, record []string, line, fields int) error {
	var at *csv.ParseError
	if !errors.As(err, &at) {
		return err
	}
	if errors.Is(err, csv.ErrFieldCount) {
		return fmt.Errorf("line %d: %w: %d fields, want %d", line-1+at.StartLine, ErrShape, len(record), fields)
	}
	return fmt.Errorf("line %d, in the record from line %d: %w", line-1+at.Line, line-1+at.StartLine, at.Err)
}

// join adds what a block tells of the columns to what those before it told, and
// returns the first error of both.
func (l *csvLayout) join(b *parsedBlock) error {
	// A conflict with earlier blocks comes from a line that precedes b.err.
	conflict := -1
	for slot := range b.columns {
		column := &l.columns[slot]
		if column.kind != anyKind && b.columns[slot].kind != anyKind && column.kind != b.columns[slot].kind &&
			(conflict < 0 || b.columns[slot].line < b.columns[conflict].line) {
			conflict = slot
		}
	}
	if conflict >= 0 {
		column, found := &l.columns[conflict], &b.columns[conflict]
		return fmt.Errorf("line %d, %v: %w", found.line, column, column.mixed(found.cell))
	}
	if b.err != nil {
		return b.err
	}
	for slot := range b.columns {
		column, from := &l.columns[slot], &b.columns[slot]
		if column.kind == anyKind {
			column.kind = from.kind
		}
		if column.kind == names && !column.closed {
			for i, name := range from.levels {
				from.levels[i] = "" // let go of the block's text
				from.to = append(from.to, column.add(name))
			}
		}
	}
	return nil
}

// table assembles the blocks.
func (l *csvLayout) table(blocks []parsedBlock) (*table, error) {
	first := make([]int, len(blocks)+1)
	for i := range blocks {
		first[i+1] = first[i] + blocks[i].rows
	}
	n := first[len(blocks)]
	if n == 0 {
		return nil, fmt.Errorf("%w: the text has no samples", ErrEmpty)
	}
	t := &table{x: mat.NewDense(n, l.features, nil), schema: l.schema}
	orders := make([][]int, len(l.columns)) // per slot: the final index of each name, nil for numbers
	for slot := range l.columns {
		column := &l.columns[slot]
		if column.kind != names {
			continue
		}
		levels := column.levels
		if !column.closed {
			levels, orders[slot] = sortNames(column.levels)
		}
		if slot == l.target {
			t.schema.Classes = levels
			if len(levels) > maxClasses {
				return nil, fmt.Errorf("%v: %w: more than %d of them; is it an identifier?", column, ErrClasses, maxClasses)
			}
			continue
		}
		if t.schema.Levels == nil {
			t.schema.Levels = make([][]string, l.features)
		}
		t.schema.Levels[slot] = levels
	}
	if l.target >= 0 {
		t.y = make([]float64, n)
	}
	if l.weights >= 0 {
		t.weights = make([]float64, n)
	}
	width := len(l.columns)
	parallel.For(len(blocks), 1, func(i, _ int) {
		b := &blocks[i]
		for slot, order := range orders {
			if order == nil {
				continue
			}
			for at := slot; at < b.rows*width; at += width {
				if v := b.values[at]; !math.IsNaN(v) {
					b.values[at] = float64(order[b.columns[slot].to[int(v)]])
				}
			}
		}
		for row := range b.rows {
			values := b.values[row*width : (row+1)*width]
			copy(t.x.RawRowView(first[i]+row), values[:l.features])
			if l.target >= 0 {
				t.y[first[i]+row] = values[l.target]
			}
			if l.weights >= 0 {
				t.weights[first[i]+row] = values[l.weights]
			}
		}
		b.values = nil
	})
	if t.weights != nil && !slices.ContainsFunc(t.weights, func(w float64) bool { return w > 0 }) {
		return nil, fmt.Errorf("%v: %w: they are all 0", &l.columns[l.weights], ErrWeights)
	}
	return t, nil
}

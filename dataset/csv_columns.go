package dataset

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// targetKind says what the target column is to hold.
type targetKind uint8

const (
	nothing targetKind = iota
	numbers
	labels
)

// csvLayout says which field of a record goes where.
type csvLayout struct {
	comma    rune
	slots    []int       // per field of a record: its place in the sample, or -1
	columns  []csvColumn // per place in a sample: the features, then target and weight if there are any
	features int         // number of features
	target   int         // place of the target, or -1
	weights  int         // place of the weight, or -1
	missing  missingCells
	schema   Schema
}

// layout reads the header and finds the columns that c names.
func (c CSV) layout(split *splitter, comma rune, target targetKind) (*csvLayout, error) {
	l := &csvLayout{comma: comma, target: -1, weights: -1, missing: newMissingCells(c.missing())}
	fields, err := l.header(split, c.NoHeader)
	if err != nil {
		return nil, err
	}
	l.slots = slices.Repeat([]int{-1}, len(fields))
	taken := make([]bool, len(fields))
	take := func(parameter, column string) (int, error) {
		field, err := findColumn(fields, parameter, column)
		if err == nil {
			taken[field] = true
		}
		return field, err
	}
	for _, column := range c.Ignore {
		if _, err := take("Ignore", column); err != nil {
			return nil, err
		}
	}
	weightField, targetField := -1, -1
	if c.Weights != "" {
		if weightField, err = take("Weights", c.Weights); err != nil {
			return nil, err
		}
	}
	switch {
	case c.Target != "":
		targetField, err = take("Target", c.Target)
	case target == nothing:
	case c.Like.Target != "" && !c.NoHeader:
		targetField, err = take("Like.Target", c.Like.Target)
	default:
		targetField, err = take("Target", "-1")
	}
	if err != nil {
		return nil, err
	}
	if targetField >= 0 && targetField == weightField {
		return nil, &ParamError{Field: "Weights", Value: c.Weights, Want: "another column than the target"}
	}

	features, err := c.featureFields(fields, taken)
	if err != nil {
		return nil, err
	}
	categorical := make([]bool, len(fields))
	for _, column := range c.Categorical {
		field, err := findColumn(fields, "Categorical", column)
		if err != nil {
			return nil, err
		}
		categorical[field] = true
	}
	add := func(field int, column csvColumn) int {
		column.position, column.name = field+1, fields[field]
		l.slots[field] = len(l.columns)
		l.columns = append(l.columns, column)
		return l.slots[field]
	}
	for slot, field := range features {
		column := csvColumn{}
		if categorical[field] {
			column.kind, column.fixed = names, true
		}
		if c.Like.Features != nil {
			column.fixed, column.kind = true, number
			if c.Like.Levels != nil && c.Like.Levels[slot] != nil {
				column.close(c.Like.Levels[slot])
			}
		}
		add(field, column)
	}
	l.features = len(features)
	if !c.NoHeader {
		for _, field := range features {
			l.schema.Features = append(l.schema.Features, fields[field])
		}
	}
	if c.Like.Features != nil {
		l.schema.Features, l.schema.Levels = c.Like.Features, c.Like.Levels
	}
	if target != nothing {
		column := csvColumn{role: targetRole, kind: number, fixed: true}
		if target == labels {
			column.role, column.kind = labelRole, names
			if c.Like.Classes != nil {
				column.close(c.Like.Classes)
			}
		}
		l.target = add(targetField, column)
		l.schema.Target = c.Like.Target
		if l.schema.Target == "" {
			l.schema.Target = fields[targetField]
		}
	}
	if weightField >= 0 {
		l.weights = add(weightField, csvColumn{role: weightRole, kind: number, fixed: true})
	}
	return l, nil
}

// header reads the names of the columns. Without a header it only looks at the
// number of fields of the first record, and the names are empty.
func (l *csvLayout) header(split *splitter, noHeader bool) ([]string, error) {
	text, err := split.blocks(1)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("line %d: %w", split.line, err)
	}
	if len(text) == 0 {
		return nil, fmt.Errorf("%w: the text is empty", ErrEmpty)
	}
	block := text[0]
	r := l.reader(block.text)
	record, err := r.Read()
	if err == io.EOF {
		return nil, fmt.Errorf("%w: the text has only empty lines", ErrEmpty)
	}
	if err != nil {
		return nil, syntaxError(err, record, block.line, len(record))
	}
	if noHeader {
		split.unread(block, 0)
		return make([]string, len(record)), nil
	}
	for i := range record {
		record[i] = strings.TrimSpace(record[i])
	}
	split.unread(block, int(r.InputOffset()))
	return record, nil
}

func (l *csvLayout) reader(text []byte) *csv.Reader {
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma = l.comma
	// With a blank as the delimiter this would swallow empty fields.
	r.TrimLeadingSpace = !unicode.IsSpace(l.comma)
	return r
}

// featureFields returns the fields that are features, in their order.
func (c CSV) featureFields(fields []string, taken []bool) ([]int, error) {
	var free []int
	for field := range fields {
		if !taken[field] {
			free = append(free, field)
		}
	}
	like := c.Like.Features
	if like != nil && c.Like.Levels != nil && len(c.Like.Levels) != len(like) {
		return nil, fmt.Errorf("%w: Like has levels of %d features for %d features", ErrShape, len(c.Like.Levels), len(like))
	}
	switch {
	case like == nil && len(free) == 0 || like != nil && len(like) == 0:
		if len(fields) == 1 && strings.ContainsAny(fields[0], ",;\t|") {
			return nil, fmt.Errorf("%w: no column is a feature; is the delimiter of %q another? See Comma", ErrEmpty, fields[0])
		}
		return nil, fmt.Errorf("%w: no column is a feature", ErrEmpty)
	case like == nil:
		return free, nil
	case c.NoHeader && len(free) != len(like):
		return nil, fmt.Errorf("%w: %d columns of features, Like has %d", ErrShape, len(free), len(like))
	case c.NoHeader:
		return free, nil
	}
	features := make([]int, len(like))
	used := make([]bool, len(fields))
	for i, name := range like {
		field, err := findColumn(fields, "Like.Features", name)
		if err != nil {
			return nil, err
		}
		if taken[field] || used[field] {
			return nil, &ParamError{Field: "Like.Features", Value: strconv.Quote(name), Want: "columns that have no other use"}
		}
		features[i], used[field] = field, true
	}
	return features, nil
}

// findColumn returns the field that a parameter names: by name or else position.
func findColumn(fields []string, parameter, column string) (int, error) {
	if i := slices.Index(fields, column); i >= 0 {
		if slices.Contains(fields[i+1:], column) {
			return 0, &ParamError{Field: parameter, Value: strconv.Quote(column), Want: "a column name that occurs once, or a position"}
		}
		return i, nil
	}
	if position, err := strconv.Atoi(column); err == nil {
		if position < 0 {
			position += len(fields) + 1
		}
		if position >= 1 && position <= len(fields) {
			return position - 1, nil
		}
	}
	shown := fields[:min(len(fields), 30)]
	return 0, &ParamError{Field: parameter, Value: strconv.Quote(column), Want: fmt.Sprintf("a position from 1 to %d or one of the column names %q", len(fields), shown)}
}

// cellKind says what the cells of a column are.
type cellKind uint8

const (
	anyKind cellKind = iota // nothing seen yet but missing cells
	number
	names
)

// columnRole says what a column is for.
type columnRole uint8

const (
	featureRole columnRole = iota
	targetRole
	labelRole
	weightRole
)

// csvColumn is a column as far as it has been read.
type csvColumn struct {
	name     string // "" without a header
	position int    // from 1
	role     columnRole
	kind     cellKind
	fixed    bool   // the kind is given, not inferred
	line     int    // where the kind was inferred …
	cell     string // … and from what
	closed   bool   // no names beyond those in levels
	levels   []string
	index    map[string]int // of levels
	to       []int          // of a block's column: its levels' indices in the whole text
}

func (c *csvColumn) String() string {
	if c.name == "" {
		return fmt.Sprintf("column %d", c.position)
	}
	return fmt.Sprintf("column %d (%s)", c.position, c.name)
}

// close gives the column its names, once and for all.
func (c *csvColumn) close(levels []string) {
	c.kind, c.fixed, c.closed = names, true, true
	c.levels, c.index = levels, make(map[string]int, len(levels))
	for i, name := range levels {
		c.index[name] = i
	}
}

// forBlock returns the column for a block to fill: without what other blocks
// told.
func (c *csvColumn) forBlock() csvColumn {
	b := csvColumn{name: c.name, position: c.position, role: c.role, fixed: c.fixed, closed: c.closed}
	if c.fixed {
		b.kind = c.kind
	}
	if c.closed {
		b.levels, b.index = c.levels, c.index
	}
	return b
}

// add returns the index of a name, which it adds if it is new.
func (c *csvColumn) add(name string) int {
	i, ok := c.index[name]
	if !ok {
		if c.index == nil {
			c.index = map[string]int{}
		}
		i = len(c.levels)
		name = strings.Clone(name) // it is part of its record
		c.levels = append(c.levels, name)
		c.index[name] = i
	}
	return i
}

// value returns the number that stands for a cell: itself, the index of a name,
// or NaN where it is missing.
func (c *csvColumn) value(cell string, missing *missingCells) (float64, error) {
	if missing.has(cell) {
		return c.missingValue()
	}
	if c.kind == names {
		return c.nameIndex(cell)
	}
	v, err := parseFloat(cell)
	if err != nil {
		trimmed := strings.TrimSpace(cell)
		if trimmed != cell {
			return c.value(trimmed, missing)
		}
		if errors.Is(err, strconv.ErrRange) {
			return 0, fmt.Errorf("%w: %s is beyond the range of float64", ErrNotFinite, cell)
		}
		if c.kind == number {
			return 0, c.mixed(cell)
		}
		c.kind = names
		return c.nameIndex(cell)
	}
	switch {
	case math.IsNaN(v):
		return c.missingValue()
	case math.IsInf(v, 0):
		return 0, fmt.Errorf("%w: %s", ErrNotFinite, cell)
	case v < 0 && c.role == weightRole:
		return 0, fmt.Errorf("%w: %s is negative", ErrWeights, cell)
	}
	c.kind = number
	return v, nil
}

func (c *csvColumn) missingValue() (float64, error) {
	switch c.role {
	case targetRole:
		return 0, fmt.Errorf("%w: the target is missing", ErrNotFinite)
	case labelRole:
		return 0, fmt.Errorf("%w: the label is missing", ErrClasses)
	case weightRole:
		return 0, fmt.Errorf("%w: the weight is missing", ErrWeights)
	}
	return math.NaN(), nil
}

func (c *csvColumn) nameIndex(cell string) (float64, error) {
	if i, ok := c.index[cell]; ok {
		return float64(i), nil
	}
	if c.closed {
		err := fmt.Errorf("%q is not one of the %d levels of Like", cell, len(c.levels))
		if c.role == labelRole {
			err = fmt.Errorf("%w: %q is not one of the %d classes of Like", ErrClasses, cell, len(c.levels))
		}
		return 0, err
	}
	if !c.fixed && c.role == featureRole {
		if _, err := strconv.ParseFloat(cell, 64); err == nil {
			return 0, c.mixed(cell)
		}
	}
	return float64(c.add(cell)), nil
}

// mixed is the error that a cell is not of the column's kind.
func (c *csvColumn) mixed(cell string) error {
	switch {
	case c.fixed:
		return fmt.Errorf("%q is not a number", cell)
	case c.kind == number:
		return fmt.Errorf("%q is not a number, as the cells above are (if they are categories, name the column in Categorical)", cell)
	default:
		return fmt.Errorf("%s is a number, as the cells above are not (if they are categories, name the column in Categorical)", cell)
	}
}

// missingCells is the set of what stands for a missing cell.
type missingCells struct {
	cells   map[string]bool
	numeric bool // some cell of the set begins like a number
}

func newMissingCells(cells []string) missingCells {
	m := missingCells{cells: make(map[string]bool, len(cells))}
	for _, cell := range cells {
		m.cells[cell] = true
		m.numeric = m.numeric || beginsNumber(cell)
	}
	return m
}

// has reports whether a cell is missing. Most cells are numbers: they are told
// by their first byte.
func (m *missingCells) has(cell string) bool {
	return (m.numeric || !beginsNumber(cell)) && m.cells[cell]
}

func beginsNumber(cell string) bool {
	return cell != "" && (cell[0] >= '0' && cell[0] <= '9' || cell[0] == '-' || cell[0] == '+' || cell[0] == '.')
}

// sortNames returns the names in order, of number if all are numbers and of text
// otherwise, and for each of the given names its place in that order.
func sortNames(given []string) (sorted []string, places []int) {
	values := make([]float64, len(given))
	numeric := true
	for i, name := range given {
		v, err := strconv.ParseFloat(name, 64)
		values[i] = v
		numeric = numeric && err == nil && !math.IsNaN(v)
	}
	order := make([]int, len(given))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		if numeric && values[a] != values[b] {
			return cmp.Compare(values[a], values[b])
		}
		return cmp.Compare(given[a], given[b])
	})
	sorted, places = make([]string, len(given)), make([]int, len(given))
	for place, i := range order {
		sorted[place], places[i] = given[i], place
	}
	return sorted, places
}

package model

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"sync"

	"github.com/fxamacker/cbor/v2"
	"gonum.org/v1/gonum/mat"
)

// Register makes models of type M, a pointer to a struct, known to [Save] and
// [Load] under a kind, "package.Model", and the version of its format. It is
// called once per kind, when the program starts, and panics if the kind is
// registered already:
//
//	func init() { model.Register("linear.RegressionModel", 1, (*RegressionModel).restore) }
//
// What is saved is the exported fields of the struct. Once they are loaded,
// restore makes up the unexported ones, where there are any, and returns an error
// if what was loaded is no model: the file may come from anywhere, and a matrix
// of a wrong shape must not become a panic in Predict.
//
// Fields may be added later if restore accepts their absence. A change beyond
// that is a new version, for which the old one stays loadable by way of
// [RegisterState] with a nil save.
func Register[M any](kind string, version int, restore func(M) error) {
	RegisterState(kind, version,
		func(m M) M { return m },
		func(m M) (M, error) { return m, restore(m) })
}

// RegisterState is Register for models whose exported fields are not what is to
// be saved: save gives a struct S of exported fields instead, which is the format
// of the file, and load makes a model of it or returns an error if it is none. A
// nil save registers an old version, which can be loaded and is no longer saved.
//
// Where S has another model as a part, it holds it in a [Nested].
func RegisterState[M, S any](kind string, version int, save func(M) S, load func(S) (M, error)) {
	c := codec{
		kind:    kind,
		version: version,
		decode: func(read func(state any) error) (any, error) {
			var state S
			if err := read(&state); err != nil {
				return nil, err
			}
			if v := reflect.ValueOf(state); v.Kind() == reflect.Pointer && v.IsNil() {
				return nil, fmt.Errorf("the model is null")
			}
			if err := checkMatrices(reflect.ValueOf(state), 0); err != nil {
				return nil, err
			}
			return load(state)
		},
	}
	if save != nil {
		c.state = func(m any) any { return save(m.(M)) }
	}
	registry.add(reflect.TypeFor[M](), &c)
}

// codec is how models of a kind and version become the state that is saved, and come
// back. It does not know the encoding, so that a program that neither saves nor loads
// has no encoder in it.
type codec struct {
	kind    string
	version int
	state   func(m any) any // nil for an old version
	decode  func(read func(state any) error) (any, error)
}

var registry kinds

// kinds holds the registered codecs.
type kinds struct {
	mu     sync.RWMutex
	byType map[reflect.Type]*codec
	byKind map[string]map[int]*codec
}

func (k *kinds) add(t reflect.Type, c *codec) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.byKind == nil {
		k.byType, k.byKind = map[reflect.Type]*codec{}, map[string]map[int]*codec{}
	}
	if k.byKind[c.kind][c.version] != nil {
		panic(fmt.Sprintf("model: kind %s, version %d, is registered twice", c.kind, c.version))
	}
	if c.state != nil && k.byType[t] != nil {
		panic(fmt.Sprintf("model: %v is registered as %s and %s", t, k.byType[t].kind, c.kind))
	}
	if k.byKind[c.kind] == nil {
		k.byKind[c.kind] = map[int]*codec{}
	}
	k.byKind[c.kind][c.version] = c
	if c.state != nil {
		k.byType[t] = c
	}
}

func (k *kinds) ofType(t reflect.Type) *codec {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.byType[t]
}

func (k *kinds) ofKind(kind string, version int) (*codec, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	versions := k.byKind[kind]
	if versions == nil {
		return nil, fmt.Errorf("%w: kind %q is unknown; does the program import its package?", ErrFormat, kind)
	}
	if c := versions[version]; c != nil {
		return c, nil
	}
	return nil, fmt.Errorf("%w: version %d of %s is unknown; was it saved by a newer program?", ErrFormat, version, kind)
}

// generic is a model of a generic type, of which there are too many to register
// each: it knows its own kind. As a pointer to its zero value it can be loaded.
type generic interface {
	codec() *codec // whose decode fills the receiver and returns it
}

// envelope is a saved model.
type envelope struct {
	_       struct{} `cbor:",toarray"`
	Kind    string
	Version int
	State   cbor.RawMessage
}

func encode(m any) ([]byte, error) {
	t := reflect.TypeOf(m)
	if t == nil || t.Kind() == reflect.Pointer && reflect.ValueOf(m).IsNil() {
		return nil, fmt.Errorf("model: there is no model to save, only a nil %v", t)
	}
	c := registry.ofType(t)
	if g, ok := m.(generic); ok {
		c = g.codec()
	}
	if c == nil {
		return nil, fmt.Errorf("model: cannot save a %v: its kind is not registered; see model.Register", t)
	}
	state, err := encoding().Marshal(c.state(m))
	if err != nil {
		return nil, fmt.Errorf("saving a %s: %w", c.kind, err)
	}
	return encoding().Marshal(envelope{Kind: c.kind, Version: c.version, State: state})
}

// decode returns the model in body, which is assignable to a variable of type
// want.
func decode(body []byte, want reflect.Type) (m any, err error) {
	var e envelope
	if err := decoding().Unmarshal(body, &e); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	var c *codec
	if want.Kind() == reflect.Pointer && want.Implements(reflect.TypeFor[generic]()) {
		c = reflect.New(want.Elem()).Interface().(generic).codec()
		if e.Kind != c.kind || e.Version != c.version {
			return nil, fmt.Errorf("it holds a %s of version %d, not a %s of version %d, %v", e.Kind, e.Version, c.kind, c.version, want)
		}
	} else if c, err = registry.ofKind(e.Kind, e.Version); err != nil {
		return nil, err
	}
	// Whatever the bytes make the reading of a model do, it ends as an error.
	defer func() {
		if r := recover(); r != nil {
			m, err = nil, fmt.Errorf("%w: %s: %v", ErrFormat, e.Kind, r)
		}
	}()
	m, err = c.decode(func(state any) error { return decoding().Unmarshal(e.State, state) })
	if errors.Is(err, ErrFormat) {
		return nil, fmt.Errorf("in a %s: %w", e.Kind, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrFormat, e.Kind, err)
	}
	if !reflect.TypeOf(m).AssignableTo(want) {
		return nil, fmt.Errorf("it holds a %s, %T, not a %v", e.Kind, m, want)
	}
	return m, nil
}

// Nested is a model as a part of the state of another; M is its type or an
// interface, as for [Load].
type Nested[M any] struct{ Model M }

// MarshalCBOR implements [cbor.Marshaler].
func (n Nested[M]) MarshalCBOR() ([]byte, error) { return encode(n.Model) }

// UnmarshalCBOR implements [cbor.Unmarshaler].
func (n *Nested[M]) UnmarshalCBOR(data []byte) error {
	m, err := decode(data, reflect.TypeFor[M]())
	if err != nil {
		return err
	}
	n.Model = m.(M)
	return nil
}

// modes are how models are encoded and decoded. They are made when first needed, by
// functions: a variable's initial value would be in every program.
var modes struct {
	encoding, decoding sync.Once
	enc                cbor.EncMode
	dec                cbor.DecMode
}

// encoding keeps all bits of floats, those of NaNs included, and gives equal models
// equal bytes.
func encoding() cbor.EncMode {
	modes.encoding.Do(func() {
		modes.enc = must(cbor.EncOptions{
			Sort:          cbor.SortBytewiseLexical,
			ShortestFloat: cbor.ShortestFloatNone,
			NaNConvert:    cbor.NaNConvertNone,
			InfConvert:    cbor.InfConvertNone,
			IndefLength:   cbor.IndefLengthForbidden,
			TagsMd:        cbor.TagsForbidden,
		}.EncMode())
	})
	return modes.enc
}

// maxDepth bounds the nesting of a saved model.
const maxDepth = 64

// decoding refuses what encoding does not produce. The nesting that the format allows
// bounds that of models in models.
func decoding() cbor.DecMode {
	modes.decoding.Do(func() {
		modes.dec = must(cbor.DecOptions{
			DupMapKey:         cbor.DupMapKeyEnforcedAPF,
			MaxNestedLevels:   maxDepth,
			MaxArrayElements:  math.MaxInt32,
			MaxMapPairs:       1 << 20,
			IndefLength:       cbor.IndefLengthForbidden,
			TagsMd:            cbor.TagsForbidden,
			ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
			UTF8:              cbor.UTF8DecodeInvalid, // names are what the data had
			FieldNameMatching: cbor.FieldNameMatchingCaseSensitive,
		}.DecMode())
	})
	return modes.dec
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// checkMatrices reports a matrix that claims more elements than it has, which
// gonum takes from a file if the product of the dimensions overflows.
func checkMatrices(v reflect.Value, depth int) error {
	if depth > maxDepth {
		return nil
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		if m, ok := v.Interface().(*mat.Dense); ok {
			raw := m.RawMatrix()
			if raw.Cols == 0 || raw.Rows != len(raw.Data)/raw.Cols || raw.Rows*raw.Cols != len(raw.Data) {
				return fmt.Errorf("a matrix claims to be %d × %d", raw.Rows, raw.Cols)
			}
			return nil
		}
		return checkMatrices(v.Elem(), depth+1)
	case reflect.Struct:
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() {
				continue
			}
			if err := checkMatrices(v.Field(i), depth+1); err != nil {
				return err
			}
		}
	case reflect.Slice, reflect.Array:
		if !mayHoldMatrix(v.Type().Elem(), depth) {
			return nil
		}
		for i := range v.Len() {
			if err := checkMatrices(v.Index(i), depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// mayHoldMatrix spares the elements of types that have no matrix in them, such
// as the nodes of a tree.
func mayHoldMatrix(t reflect.Type, depth int) bool {
	switch t.Kind() {
	case reflect.Interface:
		return true
	case reflect.Pointer:
		return t == reflect.TypeFor[*mat.Dense]() || depth < maxDepth && mayHoldMatrix(t.Elem(), depth+1)
	case reflect.Slice, reflect.Array:
		return depth < maxDepth && mayHoldMatrix(t.Elem(), depth+1)
	case reflect.Struct:
		for i := range t.NumField() {
			if depth < maxDepth && mayHoldMatrix(t.Field(i).Type, depth+1) {
				return true
			}
		}
	}
	return false
}

// registerGeneric makes a generic type loadable as an interface; zero returns a
// new instance of it.
func registerGeneric(zero func() generic) {
	c := *zero().codec()
	c.decode = func(read func(state any) error) (any, error) { return zero().codec().decode(read) }
	c.state = nil
	registry.add(nil, &c)
}

// checkParts reports a part that a file has left out.
func checkParts(parts ...any) error {
	for _, part := range parts {
		if v := reflect.ValueOf(part); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
			return fmt.Errorf("it lacks a part")
		}
	}
	return nil
}

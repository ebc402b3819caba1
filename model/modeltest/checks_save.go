package modeltest

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/sapwood-ml/sapwood/model"
)

// saveLoad: a model that is saved and loaded is the same model, saved again it
// gives the same file, and a file that is cut short is an error.
func (s *suite[T, M]) saveLoad() error {
	m, err := s.fit(s.data)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := model.Save(&file, m); err != nil {
		return err
	}
	saved := bytes.Clone(file.Bytes())
	loaded, err := model.Load[M](&file)
	if err != nil {
		return err
	}
	if err := s.identical(m, loaded, s.data.X); err != nil {
		return fmt.Errorf("after loading: %w", err)
	}
	if err := model.Save(&file, loaded); err != nil {
		return err
	}
	if !bytes.Equal(file.Bytes(), saved) {
		return errors.New("the loaded model is saved as another file")
	}
	for _, length := range []int{0, len(saved) / 2, len(saved) - 1} {
		if _, err := model.Load[M](bytes.NewReader(saved[:length])); !errors.Is(err, model.ErrFormat) {
			return fmt.Errorf("the first %d of %d bytes: error %v, want one that is %q", length, len(saved), err, model.ErrFormat)
		}
	}
	return nil
}

package preprocess_test

import (
	"testing"

	"github.com/sapwood-ml/sapwood/dataset/preprocess"
	"github.com/sapwood-ml/sapwood/model/modeltest"
)

func TestConformance(t *testing.T) {
	t.Run("StandardScaler", func(t *testing.T) {
		modeltest.TestTransformer(t, preprocess.StandardScaler{}, modeltest.AllowsMissing())
	})
}

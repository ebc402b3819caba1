package tree

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/bench/task"
	"github.com/sapwood-ml/sapwood/tree"
)

// boostingPeers are what boosting is measured against. LightGBM is told whether to
// fill its histograms by rows or by columns, as finding out by itself takes time.
var boostingPeers = []task.Peer{
	{Name: "sklearn", Target: 3},
	{Name: "lightgbm", Settings: []string{"rows", "columns"}, Target: 1.2},
	{Name: "xgboost", Target: 1.2},
}

const boostingSettings = "100 iterations, 31 leaves, 255 bins"

var boostingParams = map[string]any{"iterations": 100, "leaves": 31, "bins": 255}

var boosting = []*task.Workload{
	{
		Name: "hgb-100kx20", Data: "classification-100kx20", Settings: boostingSettings, Kind: "hgb",
		Params: boostingParams, Quality: task.Quality{Name: "test log loss", Tolerance: 0.01},
		Peers: boostingPeers,
		Ours: func(d *task.Data) task.Job {
			f := tree.BoostingClassifier{Iterations: 100, MaxLeaves: 31, MaxBins: 255}
			return task.Fitting(d.Matrix("X"), d.Ints("y"), f, func(m *tree.BoostingClassifierModel) task.Result {
				p, err := m.PredictProba(d.Matrix("X_test"))
				if err != nil {
					return nil
				}
				return task.Result{"predicted": mat.Col(nil, 1, p)}
			})
		},
		Judge: judgeLogLoss,
	},
	{
		Name: "hgb-reg-200kx30", Data: "friedman1-200kx30", Settings: boostingSettings, Kind: "hgb_regression",
		Params: boostingParams, Quality: task.Quality{Name: "test mean squared error", Tolerance: 0.01},
		Peers: boostingPeers,
		Ours: func(d *task.Data) task.Job {
			return task.Learning(d, d.Floats("y"), tree.BoostingRegressor{Iterations: 100, MaxLeaves: 31, MaxBins: 255})
		},
		Judge: judgeSquaredError,
	},
	{
		Name: "batch-hgb", Data: "classification-100kx20", Settings: "100 trees of 31 leaves, predicts 100,000 rows", Kind: "hgb_batch",
		Params: boostingParams, Quality: task.Accuracy,
		Peers: []task.Peer{{Name: "sklearn", Target: 3}, {Name: "lightgbm", Target: 2}},
		Ours: func(d *task.Data) task.Job {
			return task.Predicting(d, 0, tree.BoostingClassifier{Iterations: 100, MaxLeaves: 31, MaxBins: 255})
		},
		Judge: task.JudgeAccuracy("y"),
	},
}

// judgeLogLoss is the mean log loss of the probabilities of class 1.
func judgeLogLoss(d *task.Data, r task.Result) float64 {
	sum := 0.0
	for i, k := range d.Ints("y_test") {
		p := r["predicted"][i]
		if k == 0 {
			p = 1 - p
		}
		sum -= math.Log(max(p, 1e-15))
	}
	return sum / float64(len(r["predicted"]))
}

// judgeSquaredError is the mean squared error of the predictions of the test rows.
func judgeSquaredError(d *task.Data, r task.Result) float64 {
	sum := 0.0
	for i, y := range d.Floats("y_test") {
		sum += (y - r["predicted"][i]) * (y - r["predicted"][i])
	}
	return sum / float64(len(r["predicted"]))
}

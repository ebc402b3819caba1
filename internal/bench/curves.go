package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"regexp"

	"github.com/sapwood-ml/sapwood/internal/bench/task"
)

// A curve is a workload at several sizes.
type curve struct {
	title    string
	workload string
	data     string // its name, with %d for the number of samples
	sizes    []int
}

var curves = []curve{
	{"least squares, p = 100", "ols-200kx100", "regression-%dx100", []int{12_500, 50_000, 200_000}},
	{"logistic regression, p = 50", "logreg-100kx50", "classification-%dx50", []int{6_250, 25_000, 100_000}},
	{"kernel SVM, p = 50", "svc-rbf-10kx50", "classification-%dx50", []int{2_500, 5_000, 10_000, 20_000, 40_000}},
	{"decision tree, p = 20", "tree-100kx20", "classification-%dx20", []int{6_250, 25_000, 100_000}},
	{"forest, p = 20", "forest-50kx20", "classification-%dx20", []int{3_125, 12_500, 50_000}},
	{"boosting, p = 20", "hgb-100kx20", "classification-%dx20", []int{6_250, 25_000, 100_000}},
	{"k-means, K = 50, p = 20", "kmeans-200kx20-50", "blobs-%dx20x50", []int{12_500, 50_000, 200_000}},
	{"PCA, 10 of p = 100", "pca-100kx100-10", "normal-%dx100", []int{6_250, 25_000, 100_000}},
}

// at returns the workload with n samples.
func (c curve) at(n int) (*task.Workload, error) {
	base, err := task.Find(workloads, c.workload)
	if err != nil {
		return nil, err
	}
	w := *base
	w.Name, w.Of, w.Data = c.name(n), base.Name, fmt.Sprintf(c.data, n)
	return &w, nil
}

func (c curve) name(n int) string { return fmt.Sprintf("%s@%d", c.workload, n) }

// curvePairs returns each curve's workloads beside scikit-learn, of those that
// match the expression.
func curvePairs(run string) ([]pair, error) {
	name, err := regexp.Compile(run)
	if err != nil {
		return nil, err
	}
	var pairs []pair
	for _, c := range curves {
		for _, n := range c.sizes {
			w, err := c.at(n)
			if err != nil {
				return nil, err
			}
			if name.MatchString(w.Name) {
				peer := w.Against("sklearn")
				pairs = append(pairs, pair{w, peer, peer.AllSettings()[0]})
			}
		}
	}
	return pairs, nil
}

// A panel is a curve as measured, as the program that draws it reads it.
type panel struct {
	Title string  `json:"title"`
	Ours  []point `json:"ours"`
	Peer  []point `json:"peer"`
}

// A point is a time in seconds by a number of samples.
type point struct{ X, Y float64 }

// panels returns the curves that the records tell of. What they lack is left out.
func panels(records []record) []panel {
	found := map[string]record{}
	for _, r := range records {
		if r.Skipped == "" {
			found[r.Workload] = r
		}
	}
	var all []panel
	for _, c := range curves {
		p := panel{Title: c.title}
		for _, n := range c.sizes {
			r, ok := found[c.name(n)]
			if ok {
				p.Ours = append(p.Ours, point{float64(n), r.OursS})
			}
			if ok && r.Note == "" { // otherwise the peer did not finish
				p.Peer = append(p.Peer, point{float64(n), r.PeerS})
			}
		}
		all = append(all, p)
	}
	return all
}

// drawCurves draws the curves into a .png file.
func drawCurves(path string, records []record) error {
	content, err := json.Marshal(panels(records))
	if err != nil {
		return err
	}
	cmd := exec.Command("go", "run", "github.com/sapwood-ml/sapwood/internal/bench/curves", path)
	cmd.Stdin = bytes.NewReader(content)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("drawing: %w: %s", err, out)
	}
	return nil
}

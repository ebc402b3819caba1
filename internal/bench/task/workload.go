// Package task is what our side of the benchmark does: the vocabulary of the
// workloads, which are in packages of their own below, and how a side is asked to do
// them. Each of those packages makes one program of internal/bench/ours, so that the
// process whose memory is measured holds what a user's would: the package at work.
package task

import (
	"fmt"
	"math"
)

// A Workload is one piece of work that the library and its peers do on the same
// data. To add one, add a value to the table of its family, and a function to
// the script of each peer that does not have its Kind yet.
type Workload struct {
	Name     string
	Data     string         // a name that peers/data.py understands; empty for a work that needs none
	Settings string         // for people: what Params says, and what both sides compute
	Kind     string         // names the function of the peers' scripts
	Params   map[string]any // its arguments
	Quality  Quality
	Peers    []Peer

	Of string // name of the workload of the registry that this is a variant of; empty for itself

	// Ours prepares our side on the loaded data.
	Ours func(d *Data) Job
	// Judge computes the quality figure of a result, ours or a peer's, from the
	// data. It may be nil where Quality is.
	Judge func(d *Data, r Result) float64
}

// Against returns the first entry of the peer of that name.
func (w *Workload) Against(name string) Peer {
	for _, p := range w.Peers {
		if p.Name == name {
			return p
		}
	}
	return Peer{Name: name}
}

// QualityAgainst returns what decides whether our answer is as good as the peer's.
func (w *Workload) QualityAgainst(p Peer) Quality {
	if p.Quality.Name != "" {
		return p.Quality
	}
	return w.Quality
}

// A Peer is what a workload is measured against.
type Peer struct {
	Name     string   // as on the command line
	Settings []string // run one after the other, the best one counts; nil for one run at the default
	Target   float64  // ratio to reach; 0 for a row that only informs
	Missing  string   // why there is no measuring against this peer, if so
	Quality  Quality  // instead of the workload's, if it has a name
}

// CoreTypes are the processors that OpenBLAS is told of one after the other where its
// speed depends on it much: its kernels for AVX-512, which it takes for itself on
// processors that have it, and those for AVX2, which on some of these are faster. A
// setting of a peer that has one of the names among its words is run on it.
var CoreTypes = []string{"SkylakeX", "Haswell", "Zen"}

// AllSettings returns the settings to run, the default being the empty one.
func (p Peer) AllSettings() []string {
	if len(p.Settings) == 0 {
		return []string{""}
	}
	return p.Settings
}

// A Job is a workload made ready to run, over and over.
type Job struct {
	Reset  func()         // puts back what Run changes; not timed; may be nil
	Run    func() error   // the work
	Result func() Result  // what the last Run gave; nil if there is no quality figure
	Units  int            // the time is per unit, of which a Run does this many; 0 means 1
	PeakMB func() float64 // the peak memory of the processes that Run started; nil if it starts none
	failed error          // why there is nothing to run
}

// Fail returns a job that reports err.
func Fail(err error) Job { return Job{failed: err} }

// A Result is what the quality figure is computed from: named arrays, such as
// coefficients or predictions, row by row.
type Result map[string][]float64

// Quality says what figure both answers are compared by, and how.
type Quality struct {
	Name      string
	Higher    bool    // higher is better; otherwise lower is
	Tolerance float64 // by how much ours may be worse
	Absolute  bool    // Tolerance is a difference; otherwise a fraction of the peer's figure
}

// OK reports whether ours is no worse than peers by more than the tolerance.
func (q Quality) OK(ours, peers float64) bool {
	if q.Name == "" {
		return true
	}
	if math.IsNaN(ours) || math.IsInf(ours, 0) {
		return false
	}
	if math.IsNaN(peers) {
		return true
	}
	slack := q.Tolerance
	if !q.Absolute {
		slack *= math.Abs(peers)
	}
	if q.Higher {
		return ours >= peers-slack
	}
	return ours <= peers+slack
}

// Objective is the quality of a convex problem's solution.
func Objective(name string) Quality { return Quality{Name: name, Tolerance: 1e-6} }

// Accuracy is the quality of a classifier, which may be half a point worse.
var Accuracy = Quality{Name: "test accuracy", Higher: true, Tolerance: 0.005, Absolute: true}

// Find returns the workload of that name.
func Find(workloads []*Workload, name string) (*Workload, error) {
	for _, w := range workloads {
		if w.Name == name {
			return w, nil
		}
	}
	return nil, fmt.Errorf("no workload %q", name)
}

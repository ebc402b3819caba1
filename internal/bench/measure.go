package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/sapwood-ml/sapwood/internal/bench/task"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// A record is a row of the output: one workload against one peer at one setting.
// Times are medians over the rounds in seconds per unit of work, memory is in MB.
type record struct {
	Workload    string  `json:"workload"`
	Peer        string  `json:"peer"`
	Setting     string  `json:"setting"`
	PeerVersion string  `json:"peer_version"`
	Rounds      int     `json:"rounds"`
	OursS       float64 `json:"ours_s"`
	PeerS       float64 `json:"peer_s"`
	Ratio       float64 `json:"ratio"`
	RatioMin    float64 `json:"ratio_min"`
	RatioMax    float64 `json:"ratio_max"`
	Quality     string  `json:"quality"`
	OursQ       float64 `json:"ours_q"`
	PeerQ       float64 `json:"peer_q"`
	OK          bool    `json:"ok"`
	OursRSS     float64 `json:"ours_rss_mb"`
	PeerRSS     float64 `json:"peer_rss_mb"`
	Build       string  `json:"build"`
	CPU         string  `json:"cpu"`
	Procs       int     `json:"procs"`

	Skipped string `json:"skipped,omitempty"` // why there is no measurement
	Note    string `json:"note,omitempty"`    // what to know about it
}

// limits bound the time that a row may take.
type limits struct {
	budget  time.Duration // for the rounds of one row; the last one may exceed it
	timeout time.Duration // for one call
}

const (
	minRounds = 5                      // unless the budget ends before
	maxRounds = 21                     // of work that takes next to no time
	enough    = 2 * time.Second        // of rounds, once there are minRounds
	leastTurn = 100 * time.Millisecond // shorter work is repeated within a turn
	loading   = 5 * time.Minute        // to load data and prepare the work
)

// compare measures a pair. What goes wrong is told in the record.
func (st *stage) compare(p pair, l limits) record {
	r := record{
		Workload: p.workload.Name, Peer: p.peer.Name, Setting: p.setting, Quality: p.workload.QualityAgainst(p.peer).Name,
		Build: build, CPU: simd.Active().String(), Procs: runtime.GOMAXPROCS(0),
	}
	if st.avx2 {
		r.CPU = simd.AVX2.String()
	}
	if err := st.run(&r, p, l); err != nil {
		r.Skipped = err.Error()
	}
	return r
}

func (st *stage) run(r *record, p pair, l limits) error {
	if p.peer.Missing != "" {
		return errors.New(p.peer.Missing)
	}
	core, setting := splitSetting(p.setting)
	command, env, err := st.peerCommand(p.peer.Name, core)
	if err != nil {
		return err
	}
	dir, err := st.data(p.workload.Data)
	if err != nil {
		return err
	}
	load := task.Request{Do: "load", Workload: cmp.Or(p.workload.Of, p.workload.Name), Kind: p.workload.Kind, Params: p.workload.Params, Setting: setting, Data: dir}
	peer, loaded, err := startLoaded(command, env, load)
	if err != nil {
		return notInstalled(p.peer.Name, err)
	}
	defer peer.close()
	r.PeerVersion = loaded.Version
	if command, env, err = st.ourCommand(load.Workload); err != nil {
		return err
	}
	ours, _, err := startLoaded(command, env, load)
	if err != nil {
		return fmt.Errorf("our side: %w", err)
	}
	defer ours.close()

	rounds, err := takeTurns(ours, peer, l)
	if errors.Is(err, errTimeout) {
		r.Note = fmt.Sprintf("the peer was ended after %.0f s: the ratio is a lower bound", l.timeout.Seconds())
	} else if err != nil {
		return err
	}
	r.Rounds = len(rounds.ours)
	r.OursS, r.PeerS = median(rounds.ours), median(rounds.peer)
	r.Ratio, r.RatioMin, r.RatioMax = ratios(rounds.ours, rounds.peer)
	r.OursRSS, r.PeerRSS = rounds.oursMB, rounds.peerMB
	return st.judge(r, p.workload.QualityAgainst(p.peer), ours, peer)
}

// startLoaded starts a side and has it load its work.
func startLoaded(command, env []string, load task.Request) (*side, task.Answer, error) {
	s, err := start(command, env)
	if err != nil {
		return nil, task.Answer{}, err
	}
	a, err := s.call(load, loading)
	if err != nil {
		s.kill()
		return nil, task.Answer{}, err
	}
	s.resetPeak()
	return s, a, nil
}

// turns are the seconds of each round of both sides, and their peak memory in MB
// while they did the work once.
type turns struct {
	ours, peer     []float64
	oursMB, peerMB float64
}

// takeTurns lets both sides run, one after the other, first once to warm up and
// then in rounds. If the warm-up alone used up half of the budget, it is the one
// round. A peer that exceeds the timeout is ended: then the error is errTimeout, and
// its seconds are the timeout.
func takeTurns(ours, peer *side, l limits) (t turns, err error) {
	begin := time.Now()
	turn := func(least time.Duration) error {
		req := task.Request{Do: "run", Least: least.Seconds()}
		a, err := ours.call(req, l.timeout)
		if err != nil {
			ours.kill()
			return fmt.Errorf("our side: %w", err)
		}
		t.ours = append(t.ours, a.Seconds)
		if least == 0 {
			t.oursMB = cmp.Or(a.PeakMB, ours.peakMB())
		}
		ours.settle()
		b, err := peer.call(req, l.timeout)
		if least == 0 {
			t.peerMB = cmp.Or(b.PeakMB, peer.peakMB())
		}
		if errors.Is(err, errTimeout) {
			t.peer = append(t.peer, l.timeout.Seconds())
			return err
		}
		if err != nil {
			return fmt.Errorf("the peer: %w", err)
		}
		t.peer = append(t.peer, b.Seconds)
		peer.settle()
		return nil
	}
	// Work that is repeated within a turn leaves garbage, which Go keeps until the heap
	// has doubled: memory is measured while it is done once.
	if err := turn(0); err != nil {
		return t, err
	}
	if time.Since(begin) > l.budget/2 {
		return t, nil
	}
	t.ours, t.peer = nil, nil
	begin = time.Now()
	for len(t.ours) < maxRounds {
		spent := time.Since(begin)
		if len(t.ours) > 0 && spent > l.budget || len(t.ours) >= minRounds && spent > enough {
			break
		}
		if err := turn(leastTurn); err != nil {
			return t, err
		}
	}
	return t, nil
}

// judge computes the quality figures of both sides by our function and sets
// whether ours passes.
func (st *stage) judge(r *record, q task.Quality, ours, peer *side) error {
	if q.Name == "" {
		r.OK = true
		return nil
	}
	figure := func(s *side) (float64, error) {
		dir, err := os.MkdirTemp(st.tmp, "result")
		if err != nil {
			return 0, err
		}
		defer os.RemoveAll(dir)
		if _, err := s.call(task.Request{Do: "write", Dir: dir}, loading); err != nil {
			return 0, err
		}
		a, err := ours.call(task.Request{Do: "judge", Dir: dir}, loading)
		if err != nil {
			return 0, err
		}
		if a.Quality == nil {
			return 0, errors.New("no quality figure")
		}
		return *a.Quality, nil
	}
	var err error
	if r.OursQ, err = figure(ours); err != nil {
		return fmt.Errorf("quality of ours: %w", err)
	}
	if r.Note != "" { // the peer gave no answer to compare with
		r.OK = true
		return nil
	}
	if r.PeerQ, err = figure(peer); err != nil {
		return fmt.Errorf("quality of the peer's: %w", err)
	}
	r.OK = q.OK(r.OursQ, r.PeerQ)
	return nil
}

// ratios returns the median of the pairwise ratios peer ÷ ours, with the least
// and the greatest.
func ratios(ours, peer []float64) (mid, least, greatest float64) {
	each := make([]float64, len(ours))
	for i := range each {
		each[i] = peer[i] / ours[i]
	}
	return median(each), slices.Min(each), slices.Max(each)
}

// median returns the middle value, or the mean of the middle two.
func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	s := slices.Sorted(slices.Values(values))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// notInstalled turns the error of a peer that lacks a package into one that says
// what to do.
func notInstalled(peer string, err error) error {
	if strings.Contains(err.Error(), "No module named") {
		return fmt.Errorf("not installed (%w); run internal/bench/peers/setup", err)
	}
	return fmt.Errorf("the peer: %w", err)
}

// summary is a line that tells of the record as it comes in.
func (r record) summary() string {
	name := fmt.Sprintf("%-22s %-22s", r.Workload, strings.TrimSpace(r.Peer+" "+r.Setting))
	if r.Skipped != "" {
		return name + " skipped: " + r.Skipped
	}
	line := fmt.Sprintf("%s ×%-7.3g (%.3g–%.3g) %s against %s, %d rounds, %.0f against %.0f MB", name,
		r.Ratio, r.RatioMin, r.RatioMax, seconds(r.OursS), seconds(r.PeerS), r.Rounds, r.OursRSS, r.PeerRSS)
	if r.Quality != "" {
		line += fmt.Sprintf(", %s %.8g against %.8g", r.Quality, r.OursQ, r.PeerQ)
		if !r.OK {
			line += " FAILS"
		}
	}
	if r.Note != "" {
		line += " (" + r.Note + ")"
	}
	return line
}

// seconds writes a time with the unit that suits it.
func seconds(s float64) string {
	for _, u := range []struct {
		name  string
		scale float64
	}{{"s", 1}, {"ms", 1e3}, {"µs", 1e6}} {
		if s*u.scale >= 1 {
			return fmt.Sprintf("%.3g %s", s*u.scale, u.name)
		}
	}
	return fmt.Sprintf("%.3g ns", s*1e9)
}

func writeRecord(w io.Writer, r record) error {
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("%s against %s: %w", r.Workload, r.Peer, err)
	}
	_, err = w.Write(append(line, '\n'))
	return err
}

func readRecords(path string) ([]record, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var records []record
	for lines := json.NewDecoder(f); ; {
		var r record
		if err := lines.Decode(&r); err == io.EOF {
			return records, nil
		} else if err != nil {
			return records, fmt.Errorf("%s: %w", path, err)
		}
		records = append(records, r)
	}
}

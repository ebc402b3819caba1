// Command bench runs the library and its peers side by side: the same work on
// the same data, taking turns, in one invocation.
//
//	go run ./internal/bench -list
//	go run ./internal/bench -run 'svc|logreg' -peers sklearn,linfa -json out.jsonl
//	go run ./internal/bench -markdown -from out.jsonl
//	go run ./internal/bench -curves curves.png
//
// Each side is a process of its own that loads a workload's data once and
// answers each "run" with the seconds that the work took; ours is a program with
// the package at work and nothing else of the library. What is reported is
// the median of the ratios peer time ÷ our time of at least five rounds, with
// their least and greatest: above 1 we are faster. Beside it stand the peak
// memory of both sides while they do the work once, the data in memory, and a
// quality figure computed by one function from both answers; a speed counts only
// where our answer is as good.
//
// The peers are installed by internal/bench/peers/setup into the folder named by
// SAPWOOD_PEERS (default ~/.cache/sapwood/peers), which also holds the data. A
// peer that is missing there is named, in the output and at the end.
//
// The exit status is 0 if every row was measured, but for those whose peer has
// nothing like it, and passed its quality gate, 1 if not, and 2 for a wrong
// command line.
package main

import (
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sapwood-ml/sapwood/internal/bench/task"
)

func main() {
	var o options
	flag.BoolVar(&o.list, "list", false, "list the workloads with the ratio to reach against each peer, and exit")
	flag.StringVar(&o.run, "run", ".", "run the workloads whose name matches this regular expression")
	flag.StringVar(&o.peers, "peers", "all", "run these peers, a comma-separated list, or all")
	flag.StringVar(&o.json, "json", "", "write the results to this file, one JSON object per line")
	flag.BoolVar(&o.markdown, "markdown", false, "print the results as a Markdown table")
	flag.StringVar(&o.from, "from", "", "read the results from this file of an earlier run instead of running")
	flag.StringVar(&o.curves, "curves", "", "draw cost against size beside scikit-learn's into this .png file, from runs of those instead of the workloads")
	flag.BoolVar(&o.avx2, "avx2", false, "keep our kernels and the OpenBLAS peer's to AVX2")
	flag.DurationVar(&o.budget, "budget", 50*time.Minute, "time for the whole run, shared among the rows: a slow row gets fewer rounds")
	flag.DurationVar(&o.timeout, "timeout", 2*time.Minute, "end a single call after this time")
	flag.Parse()
	os.Exit(o.execute(os.Stdout, os.Stderr))
}

// options is the command line.
type options struct {
	run, peers, json, from, curves string
	list, markdown, avx2           bool
	budget, timeout                time.Duration
}

// execute does what the command line asks for and returns the exit status.
func (o *options) execute(stdout, stderr io.Writer) int {
	chosen, err := selectRows(workloads, o.run, o.peers)
	if o.curves != "" {
		chosen, err = curvePairs(o.run)
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 2
	}
	if o.list {
		printList(stdout, chosen)
		return 0
	}
	var records []record
	if o.from != "" {
		records, err = readRecords(o.from)
	} else {
		records, err = o.measure(chosen, stderr)
	}
	if err == nil && o.curves != "" {
		err = drawCurves(o.curves, records)
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 1
	}
	if o.markdown {
		printMarkdown(stdout, workloads, records)
	}
	return conclude(stderr, records)
}

// A pair is one row of the output to be: a workload against a peer at a setting.
type pair struct {
	workload *task.Workload
	peer     task.Peer
	setting  string
}

// selectRows returns the pairs that the command line names, in the order of the
// registry.
func selectRows(all []*task.Workload, run, peers string) ([]pair, error) {
	name, err := regexp.Compile(run)
	if err != nil {
		return nil, err
	}
	wanted := strings.Split(peers, ",")
	for _, p := range wanted {
		if p != "all" && !slices.Contains(peerNames, p) {
			return nil, fmt.Errorf("no peer %q; there are %s", p, strings.Join(peerNames, ", "))
		}
	}
	var chosen []pair
	for _, w := range all {
		if !name.MatchString(w.Name) {
			continue
		}
		for _, p := range w.Peers {
			if peers != "all" && !slices.Contains(wanted, p.Name) {
				continue
			}
			for _, setting := range p.AllSettings() {
				chosen = append(chosen, pair{w, p, setting})
			}
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("no workload matches -run %q with -peers %q", run, peers)
	}
	return chosen, nil
}

// printList prints each workload with its data, its settings, and its peers with
// the ratio to reach.
func printList(w io.Writer, chosen []pair) {
	var last *task.Workload
	for _, c := range chosen {
		if c.workload == last {
			continue
		}
		last = c.workload
		var peers []string
		for _, p := range last.Peers {
			name := p.Name
			if len(p.Settings) > 0 {
				name += " (" + strings.Join(p.Settings, ", ") + ")"
			}
			if p.Missing != "" {
				name += " (left out: " + p.Missing + ")"
			}
			if p.Target > 0 {
				name += fmt.Sprintf(" → %g", p.Target)
			}
			peers = append(peers, name)
		}
		fmt.Fprintf(w, "%-24s %-28s %-44s %s\n", last.Name, last.Data, last.Settings, strings.Join(peers, "; "))
	}
}

// measure runs the pairs one after the other, reports each on log, and writes
// them to the JSON file as they come.
func (o *options) measure(chosen []pair, log io.Writer) ([]record, error) {
	home, err := peersHome()
	if err != nil {
		return nil, err
	}
	stage, err := newStage(home, o.avx2)
	if err != nil {
		return nil, err
	}
	defer stage.close()
	var out io.Writer = io.Discard
	if o.json != "" {
		f, err := os.Create(o.json)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		out = f
	}
	end := time.Now().Add(o.budget)
	var records []record
	for i, c := range chosen {
		r := stage.compare(c, o.limits(time.Until(end), len(chosen)-i))
		records = append(records, r)
		if err := writeRecord(out, r); err != nil {
			return records, err
		}
		fmt.Fprintln(log, r.summary())
	}
	return records, nil
}

// limits returns those of the next row, of the time and the rows that are left. Most
// rows take a few seconds, so that a slow one may take several times its share.
func (o *options) limits(left time.Duration, rows int) limits {
	const slow = 8
	l := limits{budget: max(min(slow*left/time.Duration(rows), left), 4*time.Second), timeout: o.timeout}
	if l.budget < 10*time.Second {
		l.timeout = min(l.timeout, 30*time.Second)
	}
	return l
}

// conclude names on log what was not measured or failed its quality gate and
// returns the exit status.
func conclude(log io.Writer, records []record) int {
	skipped := map[string][]string{}
	status := 0
	for _, r := range records {
		switch {
		case r.Skipped != "":
			what := r.Peer + ": " + r.Skipped
			skipped[what] = append(skipped[what], r.Workload)
			if !missing(r) {
				status = 1
			}
		case !r.OK:
			fmt.Fprintf(log, "bench: %s fails its quality gate against %s: %s is %g, theirs %g\n", r.Workload, r.Peer, r.Quality, r.OursQ, r.PeerQ)
			status = 1
		}
	}
	for _, what := range slices.Sorted(maps.Keys(skipped)) {
		rows := slices.Compact(skipped[what])
		fmt.Fprintf(log, "bench: skipped %s [%s]\n", what, strings.Join(rows, ", "))
	}
	return status
}

// missing reports whether the peer has nothing like the work, as the registry says.
func missing(r record) bool {
	for _, w := range workloads {
		for _, p := range w.Peers {
			if w.Name == r.Workload && p.Name == r.Peer && p.Missing != "" {
				return true
			}
		}
	}
	return false
}

// peersHome returns the folder that the peers are installed in.
func peersHome() (string, error) {
	if dir := os.Getenv("SAPWOOD_PEERS"); dir != "" {
		return dir, nil
	}
	user, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("set SAPWOOD_PEERS: %w", err)
	}
	return filepath.Join(user, ".cache", "sapwood", "peers"), nil
}

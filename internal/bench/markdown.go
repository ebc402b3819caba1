package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sapwood-ml/sapwood/internal/bench/task"
)

// printMarkdown prints the table of the README from the records of a run: a row
// for each workload and peer that a ratio is asked of, at the peer's best
// setting, the rows that fell short in bold.
func printMarkdown(w io.Writer, all []*task.Workload, records []record) {
	if len(records) == 0 {
		return
	}
	first := records[0]
	fmt.Fprintf(w, "Build: %s, %s kernels, %d cores. The ratio is peer time ÷ our time: above 1 we are faster.\n\n", first.Build, first.CPU, first.Procs)
	fmt.Fprintln(w, "| workload | peer | ratio (least–greatest) | to reach | time, ours : peer's | peak memory, MB | as good |")
	fmt.Fprintln(w, "| --- | --- | --- | --- | --- | --- | --- |")
	for _, workload := range all {
		for _, p := range workload.Peers {
			if r, ok := best(records, workload.Name, p); ok {
				fmt.Fprintln(w, r.row(p.Target))
			}
		}
	}
}

// best returns the record of the peer's best setting: the one that is the
// hardest on us. A setting that could not be run counts only if none could.
func best(records []record, workload string, p task.Peer) (record, bool) {
	var found []record
	for _, r := range records {
		if r.Workload == workload && r.Peer == p.Name && slices.Contains(p.AllSettings(), r.Setting) {
			found = append(found, r)
		}
	}
	if len(found) == 0 {
		return record{}, false
	}
	return slices.MinFunc(found, func(a, b record) int {
		switch {
		case (a.Skipped != "") != (b.Skipped != ""):
			if a.Skipped != "" {
				return 1
			}
			return -1
		case a.Ratio < b.Ratio:
			return -1
		case a.Ratio > b.Ratio:
			return 1
		}
		return 0
	}), true
}

// row returns the record as a row of the table.
func (r record) row(target float64) string {
	peer := r.Peer
	if r.PeerVersion != "" {
		peer += " " + r.PeerVersion
	}
	if r.Setting != "" {
		peer += ", " + r.Setting
	}
	reach := "–"
	if target > 0 {
		reach = fmt.Sprintf("%g", target)
	}
	if r.Skipped != "" {
		return fmt.Sprintf("| %s | %s | not measured: %s | %s | | | |", r.Workload, peer, strings.ReplaceAll(r.Skipped, "|", "\\|"), reach)
	}
	ratio := fmt.Sprintf("%.3g", r.Ratio)
	if r.Note != "" {
		ratio = "> " + ratio
	}
	if r.Ratio < target {
		ratio = "**" + ratio + "**"
	}
	if r.Rounds > 1 {
		ratio += fmt.Sprintf(" (%.3g–%.3g)", r.RatioMin, r.RatioMax)
	}
	good := "yes"
	if !r.OK {
		good = "**no**"
	}
	if r.Quality != "" {
		good += ": " + r.Quality
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s : %s | %.0f : %.0f | %s |",
		r.Workload, peer, ratio, reach, seconds(r.OursS), seconds(r.PeerS), r.OursRSS, r.PeerRSS, good)
}

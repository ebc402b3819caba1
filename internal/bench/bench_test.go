package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sapwood-ml/sapwood/internal/bench/task"
)

// The test binary plays both sides: with BENCH_FAKE set it is a peer of that
// temper instead of a test.
func TestMain(m *testing.M) {
	if temper := os.Getenv("BENCH_FAKE"); temper != "" {
		fakePeer(temper)
		return
	}
	os.Exit(m.Run())
}

// fakePeer answers as a peer would. Its n-th run takes n seconds, so it says.
func fakePeer(temper string) {
	runs := 0.0
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var req task.Request
		if err := json.Unmarshal(lines.Bytes(), &req); err != nil {
			fmt.Println(`{"error":"no JSON"}`)
			continue
		}
		switch {
		case req.Do == "load" && temper == "lacking":
			fmt.Println(`{"error":"ModuleNotFoundError: No module named 'lightgbm'"}`)
		case req.Do == "load":
			fmt.Println(`{"version":"1.0"}`)
		case req.Do == "run" && temper == "dying":
			fmt.Fprintln(os.Stderr, "first word\nlast word")
			return
		case req.Do == "run" && temper == "slow":
			time.Sleep(time.Minute)
		case req.Do == "run":
			runs++
			fmt.Printf("{\"seconds\":%g,\"peak_mb\":%g}\n", runs, 100*runs)
		case req.Do == "write":
			if err := (task.Result{"x": {3, 4}}).Write(req.Dir); err != nil {
				fmt.Printf("{\"error\":%q}\n", err)
				continue
			}
			fmt.Println(`{}`)
		case req.Do == "judge":
			r, err := task.ReadResult(req.Dir)
			if err != nil {
				fmt.Printf("{\"error\":%q}\n", err)
				continue
			}
			fmt.Printf("{\"quality\":%g}\n", math.Hypot(r["x"][0], r["x"][1]))
		}
	}
}

func fakeSide(t *testing.T, temper string) *side {
	t.Helper()
	s, err := start([]string{os.Args[0]}, []string{"BENCH_FAKE=" + temper})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	return s
}

func TestTurns(t *testing.T) {
	ours, peer := fakeSide(t, "good"), fakeSide(t, "good")
	rounds, err := takeTurns(ours, peer, limits{budget: time.Minute, timeout: time.Minute})
	o, p := rounds.ours, rounds.peer
	if err != nil {
		t.Fatal(err)
	}
	if len(o) < minRounds || len(p) != len(o) {
		t.Fatalf("%d and %d rounds, want the same number, at least %d", len(o), len(p), minRounds)
	}
	if o[0] != 2 || p[0] != 2 {
		t.Errorf("the first rounds took %g and %g: the warm-up, which took 1, must not count", o[0], p[0])
	}
	if rounds.oursMB != 100 || rounds.peerMB != 100 {
		t.Errorf("memory %g and %g MB, want the 100 of the first run", rounds.oursMB, rounds.peerMB)
	}
}

func TestBudgetLeavesTheWarmUp(t *testing.T) {
	rounds, err := takeTurns(fakeSide(t, "good"), fakeSide(t, "good"), limits{timeout: time.Minute})
	o, p := rounds.ours, rounds.peer
	if err != nil || len(o) != 1 || len(p) != 1 || p[0] != 1 {
		t.Errorf("without a budget: %v and %v, %v; want the warm-up as the one round", o, p, err)
	}
}

func TestTimeoutIsALowerBound(t *testing.T) {
	rounds, err := takeTurns(fakeSide(t, "good"), fakeSide(t, "slow"), limits{budget: time.Minute, timeout: 3 * time.Second})
	o, p := rounds.ours, rounds.peer
	if !errors.Is(err, errTimeout) || len(o) != 1 || len(p) != 1 || p[0] != 3 {
		t.Errorf("got %v, %v and %v; want the timeout as the peer's time", o, p, err)
	}
}

func TestADyingPeerIsQuoted(t *testing.T) {
	_, err := takeTurns(fakeSide(t, "good"), fakeSide(t, "dying"), limits{budget: time.Minute, timeout: time.Minute})
	if err == nil || !strings.Contains(err.Error(), "last word") {
		t.Errorf("error %v, want the peer's last word", err)
	}
}

func TestALackingPeerIsNamed(t *testing.T) {
	_, _, err := startLoaded([]string{os.Args[0]}, []string{"BENCH_FAKE=lacking"}, task.Request{Do: "load"})
	if err == nil {
		t.Fatal("no error")
	}
	if err = notInstalled("lightgbm", err); !strings.Contains(err.Error(), "not installed") || !strings.Contains(err.Error(), "lightgbm") {
		t.Errorf("error %v", err)
	}

	t.Setenv("SAPWOOD_PEERS", t.TempDir())
	out := filepath.Join(t.TempDir(), "out.jsonl")
	var log bytes.Buffer
	o := options{run: "^gemm-1152$", peers: "openblas", json: out, budget: time.Minute, timeout: time.Minute}
	if status := o.execute(&log, &log); status != 1 {
		t.Errorf("exit status %d without any peer, want 1", status)
	}
	if !strings.Contains(log.String(), "skipped openblas: not installed") {
		t.Errorf("the peer is not named:\n%s", log.String())
	}
	records, err := readRecords(out)
	if err != nil || len(records) == 0 || records[0].Skipped == "" {
		t.Errorf("records %+v, %v", records, err)
	}
}

func TestJudge(t *testing.T) {
	st := &stage{tmp: t.TempDir()}
	r := record{}
	q := task.Quality{Name: "norm", Tolerance: 1e-6}
	if err := st.judge(&r, q, fakeSide(t, "good"), fakeSide(t, "good")); err != nil {
		t.Fatal(err)
	}
	if r.OursQ != 5 || r.PeerQ != 5 || !r.OK {
		t.Errorf("figures %g and %g, ok %v; want 5, 5, true", r.OursQ, r.PeerQ, r.OK)
	}
}

func TestQualityGate(t *testing.T) {
	lower := task.Quality{Name: "objective", Tolerance: 1e-6}
	higher := task.Quality{Name: "score", Higher: true, Tolerance: 0.005, Absolute: true}
	for _, c := range []struct {
		q           task.Quality
		ours, peers float64
		want        bool
	}{
		{lower, 1, 1, true},
		{lower, 1 + 9e-7, 1, true},
		{lower, 1 + 2e-6, 1, false},
		{lower, 0.5, 1, true},
		{lower, -1 + 9e-7, -1, true},
		{lower, -1 + 2e-6, -1, false},
		{lower, math.NaN(), 1, false},
		{lower, math.Inf(-1), 1, false},
		{lower, 1, math.NaN(), true},
		{higher, 0.9, 0.904, true},
		{higher, 0.9, 0.906, false},
		{higher, 0.9, 0.5, true},
		{task.Quality{}, math.NaN(), 1, true},
	} {
		if got := c.q.OK(c.ours, c.peers); got != c.want {
			t.Errorf("%+v: ours %v, the peer's %v: %v", c.q, c.ours, c.peers, got)
		}
	}
}

// A peer may have a gate of its own.
func TestPeerQuality(t *testing.T) {
	w := &task.Workload{Quality: task.Objective("inertia")}
	own := task.Quality{Name: "inertia, nearly", Tolerance: 0.1}
	if q := w.QualityAgainst(task.Peer{}); q != w.Quality {
		t.Errorf("%+v, want the workload's", q)
	}
	if q := w.QualityAgainst(task.Peer{Quality: own}); q != own || !q.OK(1.05, 1) || q.OK(1.2, 1) {
		t.Errorf("%+v, want the peer's own", q)
	}
}

func TestRatiosArePairwise(t *testing.T) {
	// The ratios are 4, 1, 2, 8, 3: their median is not the ratio of the medians.
	mid, least, greatest := ratios([]float64{1, 2, 3, 1, 10}, []float64{4, 2, 6, 8, 30})
	if mid != 3 || least != 1 || greatest != 8 {
		t.Errorf("median %g, least %g, greatest %g; want 3, 1, 8", mid, least, greatest)
	}
	if m := median([]float64{4, 1, 2, 3}); m != 2.5 {
		t.Errorf("median of four is %g, want 2.5", m)
	}
}

// A core type among the words of a setting is for OpenBLAS, the others for the script.
func TestSplitSetting(t *testing.T) {
	for setting, want := range map[string][2]string{
		"":                  {"", ""},
		"fortran gram":      {"", "fortran gram"},
		"Haswell":           {"Haswell", ""},
		"newton-cg Haswell": {"Haswell", "newton-cg"},
		"SkylakeX evd":      {"SkylakeX", "evd"},
	} {
		if core, rest := splitSetting(setting); core != want[0] || rest != want[1] {
			t.Errorf("%q: %q and %q", setting, core, rest)
		}
	}
}

// Slow rows may take what quick ones leave, but not what is not there.
func TestLimits(t *testing.T) {
	o := &options{timeout: 2 * time.Minute}
	for _, c := range []struct {
		left          time.Duration
		rows          int
		budget, abort time.Duration
	}{
		{50 * time.Minute, 100, 4 * time.Minute, 2 * time.Minute},
		{time.Minute, 2, time.Minute, 2 * time.Minute},
		{time.Minute, 100, 4800 * time.Millisecond, 30 * time.Second},
		{-time.Minute, 5, 4 * time.Second, 30 * time.Second},
	} {
		if l := o.limits(c.left, c.rows); l.budget != c.budget || l.timeout != c.abort {
			t.Errorf("%v for %d rows: %+v", c.left, c.rows, l)
		}
	}
}

func TestSelectRows(t *testing.T) {
	rows, err := selectRows(workloads, "^gemm-1152$", "all")
	if err != nil || len(rows) != 3 {
		t.Errorf("%d rows, %v; want one per core type, 3", len(rows), err)
	}
	for _, c := range [][2]string{{"(", "all"}, {".", "nobody"}, {"^nothing$", "all"}} {
		if _, err := selectRows(workloads, c[0], c[1]); err == nil {
			t.Errorf("-run %q -peers %q: no error", c[0], c[1])
		}
	}
}

func TestRegistry(t *testing.T) {
	seen := map[string]bool{}
	for _, w := range workloads {
		if seen[w.Name] {
			t.Errorf("two workloads %s", w.Name)
		}
		seen[w.Name] = true
		if w.Data == "" && w.Kind != "program" || w.Settings == "" || w.Kind == "" || w.Ours == nil || len(w.Peers) == 0 || (w.Quality.Name == "") != (w.Judge == nil) {
			t.Errorf("%s lacks a part", w.Name)
		}
		for _, p := range w.Peers {
			if p.Quality.Name != "" && w.Judge == nil {
				t.Errorf("%s: nothing judges against %s", w.Name, p.Name)
			}
			if _, err := selectRows([]*task.Workload{w}, ".", p.Name); err != nil {
				t.Errorf("%s: %v", w.Name, err)
			}
		}
	}
}

func TestRecordFields(t *testing.T) {
	var out bytes.Buffer
	if err := writeRecord(&out, record{}); err != nil {
		t.Fatal(err)
	}
	const want = `{"workload":"","peer":"","setting":"","peer_version":"","rounds":0,"ours_s":0,"peer_s":0,"ratio":0,"ratio_min":0,"ratio_max":0,` +
		`"quality":"","ours_q":0,"peer_q":0,"ok":false,"ours_rss_mb":0,"peer_rss_mb":0,"build":"","cpu":"","procs":0}` + "\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestMarkdown(t *testing.T) {
	all := []*task.Workload{{Name: "w", Peers: []task.Peer{{Name: "sklearn", Settings: []string{"a", "b"}, Target: 2}, {Name: "linfa", Target: 5}, {Name: "intelex"}}}}
	records := []record{
		{Workload: "w", Peer: "sklearn", Setting: "a", PeerVersion: "1.9.1", Rounds: 5, Ratio: 3, OK: true},
		{Workload: "w", Peer: "sklearn", Setting: "b", PeerVersion: "1.9.1", Rounds: 5, Ratio: 1.5, RatioMin: 1.4, RatioMax: 1.6, OursS: 0.02, PeerS: 0.03, OursRSS: 10, PeerRSS: 90, Quality: "objective", OK: true, Build: "default", CPU: "avx2", Procs: 2},
		{Workload: "w", Peer: "linfa", Skipped: "not installed"},
	}
	var out bytes.Buffer
	printMarkdown(&out, all, records)
	for _, want := range []string{
		"| w | sklearn 1.9.1, b | **1.5** (1.4–1.6) | 2 | 20 ms : 30 ms | 10 : 90 | yes: objective |\n",
		"| w | linfa | not measured: not installed | 5 | | | |\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no line %q in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "sklearn 1.9.1, a") {
		t.Error("a setting that is not the best is in the table")
	}
}

func TestServe(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	writeMatrix(t, filepath.Join(data, "A.npy"), 2, 2, []float64{4, 2, 2, 5})
	requests := ""
	for _, r := range []task.Request{
		{Do: "run"},
		{Do: "load", Workload: "chol-1000", Data: filepath.Join(dir, "missing")},
		{Do: "load", Workload: "no such"},
		{Do: "load", Workload: "chol-1000", Data: data},
		{Do: "run", Least: 1e-3},
		{Do: "write", Dir: dir},
		{Do: "judge", Dir: dir},
	} {
		line, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		requests += string(line) + "\n"
	}
	var out bytes.Buffer
	task.Serve(strings.NewReader(requests), &out, workloads)
	var answers []task.Answer
	for line := range strings.Lines(out.String()) {
		var a task.Answer
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatal(err)
		}
		answers = append(answers, a)
	}
	if len(answers) != 7 {
		t.Fatalf("%d answers, want 7:\n%s", len(answers), out.String())
	}
	for i, a := range answers {
		if failed := a.Error != ""; failed != (i < 3) {
			t.Errorf("answer %d: error %q", i, a.Error)
		}
	}
	if answers[4].Seconds <= 0 {
		t.Errorf("the run took %g s", answers[4].Seconds)
	}
	if q := answers[6].Quality; q == nil || !(*q < 1e-15) {
		t.Errorf("residual %v, want about 0", q)
	}
	r, err := task.ReadResult(dir)
	if err != nil || len(r["L"]) != 4 || r["L"][0] != 2 || r["L"][1] != 0 || r["L"][2] != 1 || r["L"][3] != 2 {
		t.Errorf("factor %v, %v; want 2 0 1 2", r["L"], err)
	}
}

// writeMatrix writes a .npy file the way NumPy does.
func writeMatrix(t *testing.T, path string, rows, cols int, values []float64) {
	t.Helper()
	header := fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': (%d, %d), }", rows, cols)
	header += strings.Repeat(" ", 63-(10+len(header))%64) + "\n"
	content := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), byte(len(header)>>8))
	content = append(content, header...)
	for _, v := range values {
		bits := math.Float64bits(v)
		for range 8 {
			content = append(content, byte(bits))
			bits >>= 8
		}
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestPanels(t *testing.T) {
	pairs, err := curvePairs(".")
	if err != nil {
		t.Fatal(err)
	}
	var records []record
	for _, p := range pairs {
		if _, err := task.Find(workloads, p.workload.Of); err != nil {
			t.Error(err)
		}
		records = append(records, record{Workload: p.workload.Name, OursS: 1e-3, PeerS: 1e-2})
	}
	records[0].Skipped = "not installed"
	records[1].Note = "the peer was ended"
	all := panels(records)
	if len(all) != len(curves) {
		t.Fatalf("%d panels of %d curves", len(all), len(curves))
	}
	sizes := curves[0].sizes
	want := panel{
		Title: curves[0].title,
		Ours:  []point{{float64(sizes[1]), 1e-3}, {float64(sizes[2]), 1e-3}},
		Peer:  []point{{float64(sizes[2]), 1e-2}},
	}
	if !reflect.DeepEqual(all[0], want) {
		t.Errorf("%v, want %v", all[0], want)
	}
	for i, p := range all[1:] {
		if n := len(curves[i+1].sizes); len(p.Ours) != n || len(p.Peer) != n {
			t.Errorf("%s: %d and %d points, want %d", p.Title, len(p.Ours), len(p.Peer), n)
		}
	}
}

// The process whose memory is measured shall hold what a user's would: of the
// library's estimators the package at work alone, and no fonts.
func TestOurSideHasOnePackage(t *testing.T) {
	const module = "github.com/sapwood-ml/sapwood/"
	rooms := []string{"linear", "svm", "tree", "cluster", "decomposition"}
	for _, f := range families {
		out, err := exec.Command("go", "list", "-deps", module+"internal/bench/ours/"+f.program).Output()
		if err != nil {
			t.Fatal(f.program, err)
		}
		for dependency := range strings.Lines(string(out)) {
			dependency = strings.TrimSpace(dependency)
			name, ours := strings.CutPrefix(dependency, module)
			if ours && slices.Contains(rooms, name) && name != f.program || strings.HasPrefix(dependency, "gonum.org/v1/plot") {
				t.Errorf("%s depends on %s", f.program, dependency)
			}
		}
	}
}

package task

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/sapwood-ml/sapwood/internal/simd"
)

// A Request is what a side is asked.
//
// The two sides of a run are processes that speak one protocol, a JSON object
// per line: a request on standard input, its answer on standard output.
//
//	{"do":"load", "workload":…, "kind":…, "params":…, "setting":…, "data":DIR}
//	    → {"version":…}     read the data and make the work ready
//	{"do":"run", "least":S}
//	    → {"seconds":…}     do the work, again until S seconds of it have passed,
//	                        and tell the mean time per unit of it; where the work
//	                        is a process of its own, "peak_mb" is its peak memory
//	{"do":"write", "dir":DIR}
//	    → {}                write the arrays of the last result as .npy files
//	{"do":"judge", "dir":DIR}
//	    → {"quality":…}     compute the quality figure of the arrays there; only
//	                        our side is asked, so that one function judges both
//
// An answer with "error" says why the request failed.
type Request struct {
	Do       string         `json:"do"`
	Workload string         `json:"workload,omitempty"`
	Kind     string         `json:"kind,omitempty"`
	Params   map[string]any `json:"params,omitempty"`
	Setting  string         `json:"setting,omitempty"`
	Data     string         `json:"data,omitempty"`
	Least    float64        `json:"least,omitempty"`
	Dir      string         `json:"dir,omitempty"`
}

// An Answer is what the side says.
type Answer struct {
	Error   string   `json:"error,omitempty"`
	Version string   `json:"version,omitempty"`
	Seconds float64  `json:"seconds,omitempty"`
	PeakMB  float64  `json:"peak_mb,omitempty"`
	Quality *float64 `json:"quality,omitempty"`
}

// Main is the program of our side of a run, on standard input and output. With the
// argument -avx2 it keeps our kernels to AVX2.
func Main(workloads []*Workload) {
	if slices.Contains(os.Args[1:], "-avx2") {
		simd.Force(simd.AVX2)
	}
	Serve(os.Stdin, os.Stdout, workloads)
}

// Serve is our side of a run.
func Serve(in io.Reader, out io.Writer, workloads []*Workload) {
	requests, answers := json.NewDecoder(in), json.NewEncoder(out)
	s := server{workloads: workloads}
	for {
		var req Request
		if err := requests.Decode(&req); err != nil {
			return
		}
		a, err := s.answer(req)
		if err != nil {
			a.Error = err.Error()
		}
		if err := answers.Encode(a); err != nil {
			return
		}
	}
}

// server is the state of our side: the workload that was loaded.
type server struct {
	workloads []*Workload
	workload  *Workload
	data      *Data
	job       Job
}

func (s *server) answer(req Request) (a Answer, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	if s.workload == nil && req.Do != "load" {
		return a, errors.New("nothing is loaded")
	}
	switch req.Do {
	case "load":
		w, err := Find(s.workloads, req.Workload)
		if err != nil {
			return a, err
		}
		d := openData(req.Data)
		job := w.Ours(d)
		if err := errors.Join(d.err, job.failed); err != nil {
			return a, err
		}
		s.workload, s.data, s.job = w, d, job
		// What reading left behind is no part of the work, nor what fitting did
		// where predicting is the work: pools give it up at a second collection.
		runtime.GC()
		debug.FreeOSMemory()
		return Answer{Version: runtime.Version()}, nil
	case "run":
		a.Seconds, err = timeJob(s.job, req.Least)
		if s.job.PeakMB != nil {
			a.PeakMB = s.job.PeakMB()
		}
		return a, err
	case "write":
		return a, s.job.Result().Write(req.Dir)
	case "judge":
		r, err := ReadResult(req.Dir)
		if err != nil {
			return a, err
		}
		q := s.workload.Judge(s.data, r)
		if math.IsNaN(q) || math.IsInf(q, 0) {
			return a, fmt.Errorf("the quality figure is %v", q)
		}
		return Answer{Quality: &q}, s.data.err
	}
	return a, fmt.Errorf("unknown request %q", req.Do)
}

// timeJob repeats the work until least seconds of it have passed and returns the
// mean time per unit.
func timeJob(j Job, least float64) (float64, error) {
	total, units := 0.0, 0
	for {
		if j.Reset != nil {
			j.Reset()
		}
		start := time.Now()
		if err := j.Run(); err != nil {
			return 0, err
		}
		total += time.Since(start).Seconds()
		units += max(j.Units, 1)
		if total >= least {
			return total / float64(units), nil
		}
	}
}

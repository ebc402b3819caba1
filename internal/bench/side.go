package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/sapwood-ml/sapwood/internal/bench/task"
)

// A side is a running process that does a workload: ours or a peer's.
type side struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	answers chan reply
	stderr  tail
}

type reply struct {
	answer task.Answer
	err    error
}

// errTimeout is what a call gives that was ended because it took too long.
var errTimeout = errors.New("took too long")

// start starts a side.
func start(command []string, env []string) (*side, error) {
	s := &side{cmd: exec.Command(command[0], command[1:]...), answers: make(chan reply)}
	s.cmd.Env = append(os.Environ(), env...)
	s.cmd.Stderr = &s.stderr
	in, err := s.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	s.in = in
	go s.read(out)
	return s, nil
}

// read hands over the answers as they come.
func (s *side) read(out io.Reader) {
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadBytes('\n')
		var a task.Answer
		if err == nil {
			err = json.Unmarshal(line, &a)
		}
		s.answers <- reply{a, err}
		if err != nil {
			close(s.answers)
			return
		}
	}
}

// call sends a request and waits for its answer. After an error the side is of
// no more use.
func (s *side) call(req task.Request, timeout time.Duration) (task.Answer, error) {
	line, err := json.Marshal(req)
	if err != nil {
		return task.Answer{}, err
	}
	if _, err := s.in.Write(append(line, '\n')); err != nil {
		return task.Answer{}, s.died(err)
	}
	select {
	case r := <-s.answers:
		if r.err != nil {
			return task.Answer{}, s.died(r.err)
		}
		if r.answer.Error != "" {
			return task.Answer{}, errors.New(r.answer.Error)
		}
		return r.answer, nil
	case <-time.After(timeout):
		return task.Answer{}, errTimeout
	}
}

// died ends a process that answers no more and describes it by its last words.
func (s *side) died(err error) error {
	s.close()
	if last := s.stderr.lastLine(); last != "" {
		return fmt.Errorf("%w: %s", err, last)
	}
	return err
}

// close ends the process and waits for its end. It may be called again.
func (s *side) close() {
	s.in.Close()
	kill := time.AfterFunc(2*time.Second, func() { _ = s.cmd.Process.Kill() })
	defer kill.Stop()
	for range s.answers { // until the process has closed its output
	}
	_ = s.cmd.Wait()
}

// kill ends the process at once.
func (s *side) kill() {
	_ = s.cmd.Process.Kill()
	s.close()
}

// settle waits, at most a second, until the process uses no more CPU time: the
// threads of a BLAS spin for a while after their work, and must not do so in the
// other side's turn.
func (s *side) settle() {
	const pause = 25 * time.Millisecond // more than two ticks of the kernel's accounting
	before, ok := s.cpuTicks()
	for range 40 {
		time.Sleep(pause)
		now, _ := s.cpuTicks()
		if !ok || now == before {
			return
		}
		before = now
	}
}

// cpuTicks returns the CPU time the process has used, where the system tells.
func (s *side) cpuTicks() (ticks int, ok bool) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0, false
	}
	// The second field, the command's name in parentheses, may hold blanks.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 13 {
		return 0, false
	}
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	return user + system, err1 == nil && err2 == nil
}

// resetPeak makes the process's peak memory its present one.
func (s *side) resetPeak() {
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.cmd.Process.Pid), []byte("5"), 0)
}

// peakMB returns the peak of the process's resident memory in MB (10⁶ bytes), 0
// where the system does not tell.
func (s *side) peakMB() float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
			return kib * 1024 / 1e6
		}
	}
	return 0
}

// tail keeps the end of what is written to it.
type tail struct{ buf []byte }

func (t *tail) Write(p []byte) (int, error) {
	const keep = 4096
	t.buf = append(t.buf, p...)
	if len(t.buf) > keep {
		t.buf = t.buf[len(t.buf)-keep:]
	}
	return len(p), nil
}

func (t *tail) lastLine() string {
	text := strings.TrimSpace(string(t.buf))
	return text[strings.LastIndexByte(text, '\n')+1:]
}

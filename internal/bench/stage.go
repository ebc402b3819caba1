package main

import (
	"cmp"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/sapwood-ml/sapwood/internal/bench/task"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

//go:embed peers/*.py
var scripts embed.FS

// A stage is what the sides need to run: their programs and the data.
type stage struct {
	home string // where the peers are installed
	tmp  string // for the scripts, the results and the programs of our side
	avx2 bool   // keep both sides to AVX2
}

func newStage(home string, avx2 bool) (*stage, error) {
	tmp, err := os.MkdirTemp("", "sapwood-bench")
	if err != nil {
		return nil, err
	}
	st := &stage{home: home, tmp: tmp, avx2: avx2}
	peers, err := fs.Sub(scripts, "peers")
	if err == nil {
		err = os.CopyFS(tmp, peers)
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(tmp))
	}
	return st, nil
}

func (st *stage) close() { _ = os.RemoveAll(st.tmp) }

// python returns the interpreter of the peers' environment.
func (st *stage) python() (string, error) { return st.installed("venv/bin/python") }

func (st *stage) installed(name string) (string, error) {
	path := filepath.Join(st.home, name)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("not installed (no %s); run internal/bench/peers/setup", path)
	}
	return path, nil
}

// threadSettings give every library as many threads as we have.
func threadSettings() []string {
	threads := fmt.Sprint(runtime.GOMAXPROCS(0))
	return []string{"OMP_NUM_THREADS=" + threads, "OPENBLAS_NUM_THREADS=" + threads, "RAYON_NUM_THREADS=" + threads, "SAPWOOD_THREADS=" + threads}
}

// coreType is the processor that OpenBLAS is told where a setting names none: it does
// not recognise all of them. Empty leaves it to OpenBLAS.
func (st *stage) coreType() string {
	switch {
	case st.avx2:
		return "Haswell"
	case simd.Active() == simd.AVX512:
		return "SkylakeX"
	}
	return ""
}

// coreSetting is the environment that tells OpenBLAS the processor.
func coreSetting(core string) []string {
	if core == "" {
		return nil
	}
	return []string{"OPENBLAS_CORETYPE=" + core}
}

// splitSetting returns the core type of OpenBLAS that is one of the words of a peer's
// setting, empty if none is, and the other words, which are for the peer's script.
func splitSetting(setting string) (core, rest string) {
	var others []string
	for _, word := range strings.Fields(setting) {
		if slices.Contains(task.CoreTypes, word) {
			core = word
		} else {
			others = append(others, word)
		}
	}
	return core, strings.Join(others, " ")
}

// ourCommand returns the command and the environment of our side of a workload, whose
// program it builds if need be.
func (st *stage) ourCommand(workload string) (command, env []string, err error) {
	name := programOf(workload)
	binary := filepath.Join(st.tmp, "ours", name)
	if _, err := os.Stat(binary); err != nil {
		cmd := exec.Command("go", "build", "-tags", build, "-o", binary, "github.com/sapwood-ml/sapwood/internal/bench/ours/"+name)
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, nil, fmt.Errorf("building %s: %w: %s", name, err, out)
		}
	}
	command = []string{binary}
	if st.avx2 {
		command = append(command, "-avx2")
	}
	// What our side leaves behind goes with the stage.
	env = append(threadSettings(), "TMPDIR="+st.tmp)
	return command, append(env, coreSetting(st.coreType())...), nil
}

// peerCommand returns the command and the environment of a peer on the core type of
// OpenBLAS, if one is named.
func (st *stage) peerCommand(peer, core string) (command, env []string, err error) {
	if core == "SkylakeX" && (st.avx2 || simd.Active() != simd.AVX512) {
		return nil, nil, errors.New("left out: the core type uses AVX-512")
	}
	env = append(threadSettings(), coreSetting(cmp.Or(core, st.coreType()))...)
	if peer == "linfa" || peer == "smartcore" {
		program, err := st.installed("rust/release/sapwood-peer")
		return []string{program, peer}, env, err
	}
	python, err := st.python()
	return []string{python, filepath.Join(st.tmp, "peer.py"), peer}, env, err
}

// data returns the folder of a data set, which it makes if need be.
func (st *stage) data(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	script, err := fs.ReadFile(scripts, "peers/data.py")
	if err != nil {
		return "", err
	}
	// Another version of the script may make other data of that name.
	dir := filepath.Join(st.home, "data", fmt.Sprintf("%x", sha256.Sum256(script))[:8], name)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	python, err := st.python()
	if err != nil {
		return "", fmt.Errorf("to make the data: %w", err)
	}
	cmd := exec.Command(python, filepath.Join(st.tmp, "data.py"), name, dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		text := strings.TrimSpace(string(out))
		return "", fmt.Errorf("making data set %s: %w: %s", name, err, text[strings.LastIndexByte(text, '\n')+1:])
	}
	return dir, nil
}

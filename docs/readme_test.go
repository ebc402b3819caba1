package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Every block of Go in README.md and CONTRIBUTING.md is a part of a program or test that
// is compiled and run.
func TestReadmeCodeRuns(t *testing.T) {
	var programs strings.Builder
	for _, file := range []string{"../examples/tour/main.go", "../examples/own/main.go", "contributing_test.go"} {
		for line := range strings.Lines(readFile(t, file)) {
			programs.WriteString(strings.TrimPrefix(line, "\t"))
		}
	}
	all := programs.String()
	for _, page := range []string{"../README.md", "../CONTRIBUTING.md"} {
		blocks := regexp.MustCompile("(?s)( *)```go\n(.*?)```").FindAllStringSubmatch(readFile(t, page), -1)
		if len(blocks) < 2 {
			t.Errorf("%s: %d blocks of Go", page, len(blocks))
		}
		for _, b := range blocks {
			var code strings.Builder
			for line := range strings.Lines(b[2]) {
				code.WriteString(strings.TrimPrefix(line, b[1])) // a block in a list is indented
			}
			if !strings.Contains(all, strings.TrimRight(code.String(), " ")) {
				t.Errorf("%s: no program contains\n%s", page, code.String())
			}
		}
	}
}

// What README.md has a reader type exists: programs with the flags given, scripts, and
// commands that .ci/run runs or that install something.
func TestReadmeCommandsExist(t *testing.T) {
	readme := readFile(t, "../README.md")
	var commands []string
	for _, b := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(readme, -1) {
		for line := range strings.Lines(b[1]) {
			command, _, _ := strings.Cut(line, "#")
			commands = append(commands, strings.TrimSpace(command))
		}
	}
	for _, m := range regexp.MustCompile("`(go run [^`]*)`").FindAllStringSubmatch(readme, -1) {
		commands = append(commands, m[1])
	}
	if len(commands) < 8 {
		t.Errorf("only %d commands", len(commands))
	}
	const cloned = "git clone https://github.com/sapwood-ml/sapwood"
	other := []string{cloned, "cd sapwood", "go mod tidy", "go test ./..."}
	for _, command := range commands {
		fields := strings.Fields(command)
		switch {
		case slices.Contains(other, command):
		case strings.HasPrefix(command, "go mod edit -require github.com/sapwood-ml/sapwood@v0.0.0 -replace"): // as .ci/run does
		case strings.HasPrefix(command, "go run ./"):
			code := programOf(t, fields[2])
			for _, field := range fields[3:] {
				if name, is := strings.CutPrefix(field, "-"); is && !regexp.MustCompile(`flag\.\w+\((?:&[\w.]+, )?"`+name+`"`).MatchString(code) {
					t.Errorf("%s has no flag %s", fields[2], field)
				}
			}
		default:
			if info, err := os.Stat(filepath.Join("..", fields[0])); err != nil || info.Mode()&0o111 == 0 {
				t.Errorf("%s: %v", command, err)
			}
		}
	}
}

// programOf returns the code of the main package in the folder.
func programOf(t *testing.T, folder string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	code := ""
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") {
			code += readFile(t, file)
		}
	}
	if !strings.Contains(code, "\npackage main\n") {
		t.Errorf("there is no program in %s", folder)
	}
	return code
}

// The features that README.md lists are declared, and the files that it links to exist.
func TestReadmeNamesExist(t *testing.T) {
	readme := readFile(t, "../README.md")
	known := map[string]bool{}
	for name := range declarations(t) {
		for part := range strings.SplitSeq(name, ".") {
			known[part] = true
		}
	}
	_, features, _ := strings.Cut(readme, "## What works")
	features, _, _ = strings.Cut(features, "\n<!-- benchmark")
	names := regexp.MustCompile("`([A-Z]\\w*)`").FindAllStringSubmatch(features, -1)
	if len(names) < 30 {
		t.Errorf("only %d features", len(names))
	}
	for _, name := range names {
		if !known[name[1]] {
			t.Errorf("there is no %s", name[1])
		}
	}
	for _, room := range rooms[3:8] { // the estimators
		code, _ := sources(t, room)
		for _, m := range regexp.MustCompile(`(?m)^func \(\w* ?([A-Z]\w*)\) Fit\(`).FindAllStringSubmatch(code, -1) {
			kind := regexp.MustCompile(`(Classifier|Regressor|CV)$`).ReplaceAllString(m[1], "") // "their cross-validated forms", "random forests"
			if !strings.Contains(features, "`"+m[1]+"`") && !regexp.MustCompile(`^(Forest|ExtraTrees|Boosting|Nu|Lasso|Ridge|ElasticNet|Logistic)$`).MatchString(kind) {
				t.Errorf("the features lack %s.%s", room, m[1])
			}
		}
	}
	for _, link := range regexp.MustCompile(`\]\(([^)#:]+)\)`).FindAllStringSubmatch(readme, -1) {
		if _, err := os.Stat(filepath.Join("..", link[1])); err != nil {
			t.Error(err)
		}
	}
}

// The parts of README.md stand in the order in which a reader wants them.
func TestReadmeOrder(t *testing.T) {
	readme, at := readFile(t, "../README.md"), 0
	for _, part := range []string{"![", "## A tour", "## What works", "<!-- benchmark: begin -->", "## How fast", "<!-- benchmark: end -->", "docs/curves.png", "## Learn it"} {
		i := strings.Index(readme[at:], part)
		if i < 0 {
			t.Fatalf("%q is missing or out of order", part)
		}
		at += i
	}
}

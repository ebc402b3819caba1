package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every type that learns and every picture has an example of its own; every function of
// model and metrics is in some example.
func TestEverythingHasAnExample(t *testing.T) {
	estimator := regexp.MustCompile(`(?m)^func \(\w* ?\*?([A-Z]\w*)(?:\[[^\]]*\])?\) Fit\(`)
	function := regexp.MustCompile(`(?m)^func ([A-Z]\w*)[\[(]`)
	forAuthors := regexp.MustCompile(`^(Register|RegisterState|Report)$`) // of estimators
	for _, room := range rooms {
		code, tests := sources(t, room)
		examples := strings.Join(exampleFunctions.FindAllString(tests, -1), "")
		var own, shown [][]string
		switch room {
		case "model", "metrics":
			shown = function.FindAllStringSubmatch(code, -1)
		case "metrics/plots":
			own = function.FindAllStringSubmatch(code, -1)
		default:
			own = estimator.FindAllStringSubmatch(code, -1)
		}
		if len(own)+len(shown) == 0 && room != "dataset" {
			t.Errorf("%s has nothing to show", room)
		}
		for _, name := range own {
			if !regexp.MustCompile(`func Example` + name[1] + `(_\w+)?\(\) \{`).MatchString(examples) {
				t.Errorf("%s.%s has no example", room, name[1])
			}
		}
		for _, name := range shown {
			if !forAuthors.MatchString(name[1]) && !regexp.MustCompile(room+`\.`+name[1]+`\b`).MatchString(examples) {
				t.Errorf("no example has %s.%s", room, name[1])
			}
		}
	}
}

var exampleFunctions = regexp.MustCompile(`(?ms)^func (Example\w*)\(\) \{.*?^\}`)

// Every Example of the library is run, which takes a comment of its output.
func TestExamplesRun(t *testing.T) {
	for _, room := range append(rooms, "model/modeltest") {
		_, examples := sources(t, room)
		for _, e := range exampleFunctions.FindAllStringSubmatch(examples, -1) {
			if !strings.Contains(e[0], "\t// Output:") && !strings.Contains(e[0], "\t// Unordered output:") {
				t.Errorf("%s.%s is not run", room, e[1])
			}
		}
	}
}

// sources returns the code of a package and that of its tests.
func sources(t *testing.T, room string) (code, tests string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", room, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") {
			tests += string(text)
		} else {
			code += string(text)
		}
	}
	return code, tests
}

package cli_test

// How long nod takes to start: what must not be linked in, what must not be done
// before main, and a benchmark of the whole process beside the least that there is.

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// slow are packages, or one version of a package, that cost each command much before
// it begins, with what to do instead.
var slow = map[string]string{
	"github.com/mattn/go-runewidth@v0.0.26": "30 ms for a table of 2 MB; v0.0.28 and later build it when asked for a width",
	"github.com/mattn/go-runewidth@v0.0.27": "30 ms for a table of 2 MB; v0.0.28 and later build it when asked for a width",
	"github.com/atotto/clipboard":           "looks for five programs along $PATH; tui has a line to type into of its own, so that bubbles/textinput is not needed",
	"charm.land/bubbles/v2/textinput":       "imports github.com/atotto/clipboard; see tui/line.go",
	"charm.land/bubbles/v2/textarea":        "imports github.com/atotto/clipboard; see tui/line.go",
}

// TestNothingSlowLinked: Go starts every package that is linked in, whatever the
// command is.
func TestNothingSlowLinked(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "-f", "{{.ImportPath}}{{with .Module}}@{{.Version}}{{end}}", "nod")
	list.Stderr = t.Output()
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	linked := strings.Fields(string(out))
	if !slices.Contains(linked, "nod/tui/cli@") {
		t.Fatalf("nod/tui/cli is not among the %d packages of nod", len(linked))
	}
	for _, name := range linked {
		path, _, _ := strings.Cut(name, "@")
		for _, is := range []string{name, path} {
			if why, found := slow[is]; found {
				t.Errorf("nod links %s: %s", is, why)
			}
		}
	}
}

// TestNothingCompiledAtStart: regular expressions and templates are for the commands
// that use them; sync.OnceValue compiles them then.
func TestNothingCompiledAtStart(t *testing.T) {
	root := filepath.Join("..", "..")
	files := 0
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || name == filepath.Join(root, "bench") || strings.HasPrefix(d.Name(), ".") && d.Name() != ".."):
			return filepath.SkipDir
		case !strings.HasSuffix(name, ".go"), strings.HasSuffix(name, "_test.go"):
			return nil
		}
		files++
		return checkStart(t, name)
	})
	if err != nil || files < 100 {
		t.Fatalf("%d files read, error %v", files, err)
	}
}

// checkStart reports what the package variables of one file compile.
func checkStart(t *testing.T, name string) error {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	for _, at := range compiledAtStart(file) {
		t.Errorf("%s: compiled whenever nod starts; put it into sync.OnceValue", set.Position(at))
	}
	return nil
}

// compiledAtStart returns where package variables call regexp.MustCompile or
// template.Must, functions that run later aside.
func compiledAtStart(file *ast.File) (found []token.Pos) {
	for _, decl := range file.Decls {
		if _, isFunc := decl.(*ast.FuncDecl); isFunc {
			continue
		}
		ast.Inspect(decl, func(n ast.Node) bool {
			if _, later := n.(*ast.FuncLit); later {
				return false
			}
			if call, ok := n.(*ast.SelectorExpr); ok {
				from, _ := call.X.(*ast.Ident)
				if from != nil && (from.Name == "regexp" || from.Name == "template") && strings.HasPrefix(call.Sel.Name, "Must") {
					found = append(found, call.Pos())
				}
			}
			return true
		})
	}
	return found
}

func TestCompiledAtStart(t *testing.T) {
	for _, c := range []struct {
		src  string
		want int
	}{
		{"var a = regexp.MustCompile(`x`)", 1},
		{"var (\n\ta = regexp.MustCompilePOSIX(`x`)\n\tb = template.Must(template.New(``).Parse(``))\n)", 2},
		{"var a = []struct{ p *regexp.Regexp }{{regexp.MustCompile(`x`)}}", 1},
		{"var a = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`x`) })", 0},
		{"func f() { _ = regexp.MustCompile(`x`) }", 0},
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "a.go", "package a\n"+c.src, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if got := compiledAtStart(file); len(got) != c.want {
			t.Errorf("%s: found at %v, want %d", c.src, got, c.want)
		}
	}
}

// BenchmarkStart runs whole processes in turn: nod version, a Go program that prints
// a line, and true, which does nothing. Of each it reports the median time to its end
// and the median of the processor's time, in milliseconds; and nod's as a multiple
// of the Go program's.
func BenchmarkStart(b *testing.B) {
	programs := []*started{
		{name: "nod", args: []string{buildProgram(b, "nod"), "version"}},
		{name: "hello", args: []string{buildProgram(b, writeHello(b))}},
	}
	if path, err := exec.LookPath("true"); err == nil {
		programs = append(programs, &started{name: "true", args: []string{path}})
	}
	for _, p := range programs {
		p.run(b) // the first one reads the file from the disk
		p.wall, p.cpu = nil, nil
	}
	for b.Loop() {
		for _, p := range programs {
			p.run(b)
		}
	}
	for _, p := range programs {
		b.ReportMetric(median(p.wall), p.name+"-ms")
		b.ReportMetric(median(p.cpu), p.name+"-cpu-ms")
	}
	b.ReportMetric(median(programs[0].cpu)/median(programs[1].cpu), "nod/hello-cpu")
	b.ReportMetric(0, "ns/op") // all of them together tells nothing
}

// started is one program of BenchmarkStart with its times.
type started struct {
	name      string
	args      []string
	env       []string // nil: that of the test
	wall, cpu []time.Duration
}

func (p *started) run(b *testing.B) {
	b.Helper()
	cmd := exec.Command(p.args[0], p.args[1:]...)
	cmd.Env = p.env
	begin := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatalf("%s: %v", p.name, err)
	}
	p.wall = append(p.wall, time.Since(begin))
	p.cpu = append(p.cpu, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
}

// median is in milliseconds.
func median(all []time.Duration) float64 {
	sorted := slices.Sorted(slices.Values(all))
	return float64(sorted[len(sorted)/2].Microseconds()) / 1000
}

// buildProgram builds what go build knows by this name, small as a release is.
func buildProgram(tb testing.TB, what string) (program string) {
	tb.Helper()
	program = filepath.Join(tb.TempDir(), "program.exe")
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", program, what)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		tb.Fatalf("go build %s: %v\n%s", what, err, out)
	}
	return program
}

// writeHello returns the file of the least Go program.
func writeHello(b *testing.B) (file string) {
	b.Helper()
	file = filepath.Join(b.TempDir(), "hello.go")
	const src = "package main\n\nimport \"os\"\n\nfunc main() { os.Stdout.WriteString(\"hello\\n\") }\n"
	if err := os.WriteFile(file, []byte(src), 0o600); err != nil {
		b.Fatal(err)
	}
	return file
}

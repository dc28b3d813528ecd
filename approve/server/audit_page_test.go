package server

// /company/audit: the log in pages, its filter, its check and its export.

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"nod/approve/server/store"
)

// entries appends n entries to the log.
func (b *bench) entries(n int) {
	b.t.Helper()
	b.update(func(tx *store.Tx) error {
		for i := range n {
			if _, err := b.audit(tx, "test.entry", "robot", fmt.Sprintf("item %d", i), "", "100% of <it>"); err != nil {
				return err
			}
		}
		return nil
	})
}

// damage changes the database behind the server's back, as someone with the file
// could, and the server does not start anew.
func (b *bench) damage(statement string) {
	b.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(b.config.Data, "server.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		b.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(b.t.Context(), statement); err != nil {
		b.t.Fatal(err)
	}
}

var shownRow = regexp.MustCompile(`<tr id="row-(\d+)"( class="broken")?>`)

// rows are the numbers of the rows shown, and of the red ones among them.
func (w *browser) rows() (all, broken []string) {
	for _, found := range shownRow.FindAllStringSubmatch(w.body, -1) {
		all = append(all, found[1])
		if found[2] != "" {
			broken = append(broken, found[1])
		}
	}
	return all, broken
}

func TestAuditPages(t *testing.T) {
	b := newBench(t)
	w := b.admin()
	b.entries(250)
	length := b.length()
	w.get("/company/audit").want("audit", "", fmt.Sprintf("chain ok up to #%d", length), "Older", "100% of &lt;it&gt;")
	all, _ := w.rows()
	if len(all) != auditPerPage || all[0] != fmt.Sprint(length) {
		t.Errorf("%d rows from %s, want %d from %d", len(all), all[0], auditPerPage, length)
	}
	seen := map[string]bool{}
	link := regexp.MustCompile(`<a href="([^"]+)" rel="(prev|next)">`)
	pages := 0
	for next := "/company/audit"; next != ""; pages++ {
		rows, _ := w.get(next).rows()
		next = ""
		for _, found := range link.FindAllStringSubmatch(w.body, -1) {
			if found[2] == "next" {
				next = strings.ReplaceAll(found[1], "&amp;", "&")
			}
		}
		for _, row := range rows {
			if seen[row] {
				t.Errorf("row %s is on two pages", row)
			}
			seen[row] = true
		}
	}
	if int64(len(seen)) != length || pages != int(length+auditPerPage-1)/auditPerPage {
		t.Errorf("%d rows on %d pages, want %d", len(seen), pages, length)
	}
	back := link.FindStringSubmatch(w.body) // from the last page
	if back == nil || back[2] != "prev" {
		t.Fatalf("the last page has no way back:\n%s", w.body)
	}
	if rows, _ := w.get(back[1]).rows(); len(rows) != auditPerPage {
		t.Errorf("one page back: %d rows, want %d", len(rows), auditPerPage)
	}
}

func TestAuditFilter(t *testing.T) {
	b := newBench(t)
	w := b.admin()
	b.entries(12)
	tests := []struct {
		query string
		want  int
	}{
		{"type=test.entry", 12},
		{"type=TEST.", 12},
		{"type=entry", 0},
		{"actor=obo", 12},
		{"subject=item+1", 3},
		{"subject=item_1", 0},
		{"text=100%25+OF", 12},
		{"text=100_", 0},
		{"text=%25%25", 0},
		{"type=test&from=2026-11-22+21:00", 12},
		{"type=test&from=2026-11-22T21:01", 0},
		{"type=test&to=2026-11-22T21:00", 0},
		{"type=test&to=2026-11-23", 12},
		{"type=test&subject=item+11&actor=robot", 1},
	}
	for _, test := range tests {
		if rows, _ := w.get("/company/audit?"+test.query).want("audit", "").rows(); len(rows) != test.want {
			t.Errorf("%s: %d rows, want %d", test.query, len(rows), test.want)
		}
	}
	w.get("/company/audit?from=yesterday&actor=%22robot").want("audit", "", wantTime, `value="yesterday"`, `value="&#34;robot"`)
	if w.status != http.StatusUnprocessableEntity {
		t.Errorf("a time that is none: %d, want 422", w.status)
	}
	w.get("/company/audit?type=none").want("audit", "", "No entry is like that.")
}

// The export has every row that the filter chooses, in order, as NDJSON.
func TestAuditExport(t *testing.T) {
	b := newBench(t)
	w := b.admin()
	b.entries(exportPart + 5)
	w.get("/company/audit.ndjson?type=test.")
	if w.header.Get("Content-Type") != "application/x-ndjson" || !strings.Contains(w.header.Get("Content-Disposition"), "audit.ndjson") {
		t.Errorf("header = %v", w.header)
	}
	lines := bufio.NewScanner(strings.NewReader(w.body))
	n, last := 0, int64(0)
	for ; lines.Scan(); n++ {
		var e AuditEntry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil || e.Type != "test.entry" || e.Subject != fmt.Sprintf("item %d", n) || e.Seq <= last {
			t.Fatalf("line %d: %s, %v", n, lines.Text(), err)
		}
		last = e.Seq
	}
	if n != exportPart+5 {
		t.Errorf("%d lines, want %d", n, exportPart+5)
	}
	b.wantAudit(auditExported, 1)
	w.get("/company/audit.ndjson")
	if got := strings.Count(w.body, "\n"); int64(got) != b.length() || !strings.HasSuffix(strings.TrimSpace(w.body), "}") {
		t.Errorf("%d lines, want the whole log with %d", got, b.length())
	}
	w.get("/company/audit.ndjson?to=never").want("error", "", wantTime)
}

func (b *bench) length() (n int64) {
	b.t.Helper()
	b.update(func(tx *store.Tx) (err error) {
		n, err = tx.AuditLength()
		return err
	})
	return n
}

// A changed row is shown red, and so is a row that is gone.
func TestAuditBroken(t *testing.T) {
	for name, test := range map[string]struct {
		sql            string
		row, red, text string // red is "" when the row itself can not be shown
	}{
		"changed": {`UPDATE audit SET detail = 'nothing' WHERE seq = 7`, "7", "7", "row 7 was changed"},
		"removed": {`DELETE FROM audit WHERE seq = 7`, "7", "", "row 7 was changed, or one before it was removed"},
		"cut":     {`DELETE FROM audit WHERE seq > 9`, "9", "9", "the log ends at row 9 of "},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, func(c *Config) { c.Store = ownFile })
			w := b.admin()
			b.entries(20)
			w.get("/company/audit").want("audit", "", fmt.Sprintf("chain ok up to #%d", b.length()))
			b.damage(test.sql)
			w.get("/company/audit").want("audit", "")
			w.post("/company/audit/verify").want("audit", "", "Chain broken at #"+test.row+": "+test.text)
			_, red := w.rows()
			if strings.Join(red, " ") != test.red {
				t.Errorf("red rows %q, want %q", red, test.red)
			}
			w.get("/company/audit").want("audit", "", "Chain broken at #"+test.row) // and not forgotten
		})
	}
}

// A row changed after it was checked is red at once, before anyone asks for a
// check of the whole log.
func TestAuditBrokenRow(t *testing.T) {
	b := newBench(t, func(c *Config) { c.Store = ownFile })
	w := b.admin()
	b.entries(5)
	w.get("/company/audit").want("audit", "", "chain ok")
	b.damage(`UPDATE audit SET actor = 'someone else' WHERE seq = 4`)
	if _, red := w.get("/company/audit").rows(); strings.Join(red, " ") != "4" {
		t.Errorf("red rows %q, want 4", red)
	}
}

// A long log is checked in steps, each page going on where the last one stopped.
func TestAuditSteps(t *testing.T) {
	b := newBench(t)
	b.entries(3 * chainPart)
	want := b.length()
	steps := []int64{}
	for len(steps) == 0 || steps[len(steps)-1] < want {
		state, err := b.checkChain(t.Context(), chainPart, false)
		if err != nil || state.Broken != 0 || state.Length != want {
			t.Fatalf("state = %+v, %v", state, err)
		}
		if n := len(steps); n > 0 && state.Seq <= steps[n-1] {
			t.Fatalf("steps %v, then %d", steps, state.Seq)
		}
		steps = append(steps, state.Seq)
	}
	if steps[0] != chainPart || len(steps) < 3 {
		t.Errorf("steps %v, want the first of %d", steps, chainPart)
	}
	if state, err := b.checkChain(t.Context(), 0, true); err != nil || state.Seq != want {
		t.Errorf("whole log: %+v, %v", state, err)
	}
}

func TestAuditQueryHostile(t *testing.T) {
	b := newBench(t)
	w := b.admin()
	for _, query := range []string{"below=-1", "below=x", "above=99999999999999999999", "below=9223372036854775807", "above=5&below=3", "type=%00%ff"} {
		if w.get("/company/audit?" + query); w.status != http.StatusOK {
			t.Errorf("%s: %d, want 200", query, w.status)
		}
	}
}

func FuzzPolicyChanges(f *testing.F) {
	f.Add(`old {"a":1,"b":"x"} new {"a":2,"c":[]}`)
	f.Add(`old {"a":" new {"} new {"a":2}`)
	f.Add(`old {`)
	f.Fuzz(func(t *testing.T, detail string) {
		if got := policyChanges(detail); got != "" && !strings.Contains(got, ", was ") {
			t.Errorf("%q gives %q", detail, got)
		}
	})
}

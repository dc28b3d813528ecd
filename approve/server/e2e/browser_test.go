package e2e

// This file: a person in a real browser, who sees texts and presses what is
// written on the page.

import (
	"context"
	"fmt"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)

// browserProgram is the path of Chromium, "" when it is not there.
var browserProgram = sync.OnceValue(func() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
})

func haveBrowser() bool { return browserProgram() != "" }

// chromium is one Chromium for all tests; each person gets a context of their
// own in it, with its own cookies.
var chromium = sync.OnceValues(func() (context.Context, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browserProgram()), chromedp.NoSandbox, chromedp.WSURLReadTimeout(patience))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	chromiumStop = func() { cancel(); stop() }
	return ctx, chromedp.Do(ctx)
})

var chromiumStop func()

func stopBrowser() {
	if chromiumStop != nil {
		chromiumStop()
	}
}

// person is someone in front of a browser.
type person struct {
	w   *world
	t   *testing.T
	ctx context.Context
}

// person opens a browser with nothing in it.
func (w *world) person(t *testing.T) *person {
	t.Helper()
	need(t, "Chromium (package chromium)", haveBrowser())
	parent, err := chromium()
	if err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	ctx, cancel := chromedp.NewContext(parent, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	p := &person{w: w, t: t, ctx: ctx}
	// The first call opens the tab, which lives as long as that call's context.
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900)); err != nil {
		t.Fatalf("open a browser: %v", err)
	}
	return p
}

// in is the same person with another test to fail.
func (p *person) in(t *testing.T) *person {
	q := *p
	q.t = t
	return &q
}

func (p *person) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("%v\nat %s", err, p.dump())
	}
}

// ask runs an action that answers. It is tried again when it fails: a page that goes
// on by itself may do so in the middle of a question.
func ask[T any](p *person, action chromedp.Action[T]) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	for {
		answer, err := chromedp.Run(ctx, action)
		if err == nil {
			return answer
		}
		if chromedp.Do(ctx, chromedp.Sleep(50*time.Millisecond)) != nil {
			p.t.Fatalf("%v\nat %s", err, p.dump())
		}
	}
}

// dump is where the browser is and what it shows, for messages.
func (p *person) dump() string {
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	shown, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + (document.body ? document.body.innerText : "")`))
	if err != nil {
		return err.Error()
	}
	return shown
}

// open goes to a path of the server.
func (p *person) open(path string) *person {
	p.t.Helper()
	p.stay()
	p.do(chromedp.Navigate(p.w.origin + path))
	return p
}

// at is the path that the browser is at.
func (p *person) at() string {
	p.t.Helper()
	u, err := url.Parse(ask(p, chromedp.Location()))
	if err != nil {
		p.t.Fatal(err)
	}
	return u.Path
}

// wantAt fails unless the browser is at path.
func (p *person) wantAt(path string) *person {
	p.t.Helper()
	if at := p.at(); at != path {
		p.t.Fatalf("at %s, want %s\n%s", at, path, p.dump())
	}
	return p
}

// text is what the page shows.
func (p *person) text() string {
	p.t.Helper()
	return strings.Join(strings.Fields(ask(p, chromedp.Evaluate[string](`document.body ? document.body.innerText : ""`))), " ")
}

// see waits until the page shows all texts.
func (p *person) see(texts ...string) *person {
	p.t.Helper()
	for _, want := range texts {
		p.until(fmt.Sprintf("the page shows %q", want), func() bool { return strings.Contains(p.text(), strings.Join(strings.Fields(want), " ")) })
	}
	return p
}

// until waits for something that the page or the server does by itself.
func (p *person) until(what string, ready func() bool) {
	p.t.Helper()
	for deadline := time.Now().Add(patience); !ready(); {
		if time.Now().After(deadline) {
			p.t.Fatalf("waited in vain until %s\n%s", what, p.dump())
		}
		p.do(chromedp.Sleep(50 * time.Millisecond))
	}
}

// miss fails when the page shows one of the texts.
func (p *person) miss(texts ...string) *person {
	p.t.Helper()
	shown := p.text()
	for _, text := range texts {
		if strings.Contains(shown, text) {
			p.t.Fatalf("the page shows %q\n%s", text, p.dump())
		}
	}
	return p
}

// quoted is text as an XPath string. Labels hold an apostrophe at most.
func quoted(text string) string { return `"` + text + `"` }

// control finds what can be pressed by its words or its aria-label.
func control(label string) string {
	q := quoted(label)
	return `//*[self::a or self::button or self::summary or self::label or self::input][normalize-space()=` + q + ` or starts-with(normalize-space(), concat(` + q + `, " Last used")) or @aria-label=` + q + ` or @value=` + q + `]`
}

// stay keeps the page that is there: one that looks again by itself could do so while
// something is pressed, or another page is opened.
func (p *person) stay() *person {
	p.t.Helper()
	p.until("the page stays", func() bool {
		return ask(p, chromedp.Evaluate[bool](`(() => {
			if (document.readyState !== "complete") return false;
			if (document.querySelector("meta[http-equiv=refresh]")) window.stop();
			return true;
		})()`))
	})
	return p
}

// press presses a link, button or label by its words, and waits for the page
// that comes.
func (p *person) press(label string) *person {
	p.t.Helper()
	p.need(label)
	p.stay()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, chromedp.Click(control(label))); err != nil {
		p.t.Fatalf("press %q: %v\n%s", label, err, p.dump())
	}
	return p
}

// touch presses something that leads to no other page: a menu, a tick.
func (p *person) touch(label string) *person {
	p.t.Helper()
	p.need(label)
	p.do(chromedp.Click(control(label)))
	return p
}

// has tells whether something can be pressed by these words.
func (p *person) has(label string) bool {
	p.t.Helper()
	return len(ask(p, chromedp.Nodes(control(label), chromedp.AtLeast(0)))) > 0
}

func (p *person) need(label string) {
	p.t.Helper()
	p.until(fmt.Sprintf("%q can be pressed", label), func() bool { return p.has(label) })
}

// field is the selector of the field with a label.
func field(label string) string {
	q := quoted(label)
	return `//*[self::input or self::select or self::textarea][@id=//label[normalize-space()=` + q + `]/@for or @aria-label=` + q + `] | //label[normalize-space()=` + q + `]//input`
}

// fill types into the field with a label, in place of what is there.
func (p *person) fill(label, text string) *person {
	p.t.Helper()
	p.do(chromedp.WaitReady(field(label)))
	p.change(label, `field.value = ""; field.focus(); return true`)
	if text != "" {
		p.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
			return err
		}))
	}
	return p
}

// set gives the field with a label a value that is picked, not typed: a date.
func (p *person) set(label, value string) *person {
	p.t.Helper()
	p.do(chromedp.WaitReady(field(label)))
	p.change(label, `field.value = `+js(value)+`; return true`)
	return p
}

// change runs a script on the field with a label, and returns what it does.
func (p *person) change(label, script string) bool {
	p.t.Helper()
	return ask(p, chromedp.Evaluate[bool](`(() => {
		const field = document.evaluate(`+js(field(label))+`, document, null, XPathResult.FIRST_ORDERED_NODE_TYPE).singleNodeValue;
		`+script+`;
	})()`))
}

// value is what the field with a label holds.
func (p *person) value(label string) string {
	p.t.Helper()
	return ask(p, chromedp.Value(field(label)))
}

// choose picks an option of a list by its words.
func (p *person) choose(label, option string) *person {
	p.t.Helper()
	p.do(chromedp.WaitReady(field(label)))
	picked := p.change(label, `
		const option = [...field.options].find(o => o.text.trim() === `+js(option)+`);
		if (!option) return false;
		field.value = option.value;
		field.dispatchEvent(new Event("change", {bubbles: true}));
		return true`)
	if !picked {
		p.t.Fatalf("%q has no option %q\n%s", label, option, p.dump())
	}
	return p
}

// js is text as a JavaScript string.
func js(text string) string { return fmt.Sprintf("%q", text) }

// part is the text of the element with an id.
func (p *person) part(id string) string {
	p.t.Helper()
	return strings.TrimSpace(ask(p, chromedp.Text(chromedp.CSS("#"+id))))
}

// picture is a PNG of what is seen.
func (p *person) picture() []byte {
	p.t.Helper()
	return ask(p, chromedp.CaptureScreenshot())
}

// narrow makes the window as wide as a small phone, and tells whether the page
// fits into it.
func (p *person) narrow() bool {
	p.t.Helper()
	p.do(chromedp.EmulateViewport(360, 740))
	fits := ask(p, chromedp.Evaluate[bool](`document.documentElement.scrollWidth <= 360`))
	p.do(chromedp.EmulateViewport(1280, 900))
	return fits
}

// scripts switches JavaScript on or off for this browser.
func (p *person) scripts(on bool) *person {
	p.t.Helper()
	p.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
		return err
	}))
	return p
}

// cookies are those that the server has given this browser.
func (p *person) cookies() []*network.Cookie {
	p.t.Helper()
	return ask(p, func(ctx context.Context, t *chromedp.Target) ([]*network.Cookie, error) {
		answer, err := cdp.Call(ctx, t, network.GetCookies, network.GetCookiesParams{})
		return answer.Cookies, err
	})
}

// reload shows the page again.
func (p *person) reload() *person {
	p.t.Helper()
	p.do(chromedp.Reload())
	return p
}

// passwords are those of the sample people.
var passwords = map[string]string{"ana": "ana-demo-pass", "ben": "ben-demo-pass", "cleo": "cleo-demo-pass"}

// signIn goes through the sign-in page of a site.
func (p *person) signIn(site, user string) *person {
	p.t.Helper()
	p.open("/app/"+site+"/login").fill("E-mail or user name", user).fill("Password", passwords[user])
	return p.press("Sign in")
}

package cli

import (
	"errors"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// What init writes is read as it was meant.
func TestConfigText(t *testing.T) {
	for name, c := range map[string]serverConfig{
		"little": {Origin: "http://127.0.0.1:8420", Listen: "127.0.0.1:8420"},
		"much": {
			Origin: "https://nod.demo.test", Listen: ":443", TrustedProxies: []string{"10.0.0.0/8", "::1"}, MetricsFrom: []string{"10.0.0.5"},
			ProxyHeader: "Forwarded", Store: "postgres://nod@db.demo.test/nod", KeyFile: `C:\nod\"key"`, TLS: tlsConfig{"a.pem", "b.pem"},
		},
	} {
		c.file = "server.toml"
		got, err := parseServerConfig(c.file, []byte(configText(c)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !reflect.DeepEqual(got, c) {
			t.Errorf("%s: read as %+v, want %+v", name, got, c)
		}
	}
}

// Each setting that the file explains in a comment is one that there is, and the
// examples can be used as they are.
func TestConfigExamples(t *testing.T) {
	c := serverConfig{file: "server.toml", Origin: "https://nod.demo.test", Listen: "127.0.0.1:8420"}
	setting := regexp.MustCompile(`(?m)^# (\[?[a-z_]+(\]| = ))`)
	text := setting.ReplaceAllString(configText(c), "$1")
	got, err := parseServerConfig(c.file, []byte(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if got.Mail == nil || got.SMS == nil || got.TLS.Cert == "" || got.Store == "" {
		t.Fatalf("the examples say %+v, want all parts", got)
	}
	fields := reflect.TypeFor[serverConfig]()
	for i := range fields.NumField() {
		if name := fields.Field(i).Tag.Get("toml"); name != "" && !strings.Contains(text, name) {
			t.Errorf("setting %s is not in the file", name)
		}
	}
	for _, part := range []any{*got.Mail, *got.SMS} {
		value := reflect.ValueOf(part)
		for i := range value.NumField() {
			if value.Field(i).IsZero() {
				t.Errorf("%s has no example", value.Type().Field(i).Tag.Get("toml"))
			}
		}
	}
}

func TestConfigErrors(t *testing.T) {
	const origin = "origin = \"https://nod.demo.test\"\n"
	for text, want := range map[string]string{
		"":                                "server.toml: origin: ",
		origin + "\nlisten = 7":           "server.toml:3: ",
		origin + "colour = 1":             `server.toml:2: there is no setting "colour"`,
		origin + "[sms]\nurls = \"x\"":    `server.toml:3: there is no setting "sms.urls"`,
		origin + "a = = b":                "server.toml:2: ",
		origin + "listen = \"8420\"":      "server.toml: listen",
		origin + "store = \"mysql://x\"":  "server.toml: store",
		origin + "proxy_header = \"Via\"": "server.toml: proxy_header",
		origin + "metrics_from = [\"x\"]": "server.toml: metrics_from",
		origin + "[tls]\ncert = \"x\"":    "server.toml: tls",
	} {
		_, err := parseServerConfig("server.toml", []byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: error %v, want %s", text, err, want)
		}
	}
}

func FuzzServerConfig(f *testing.F) {
	f.Add(configForm)
	f.Add("origin = \"https://nod.demo.test\"\n[mail]\nport = 1\n[sms]\nheaders = {a = \"b\"}")
	f.Add("[tls]\ncert = 3")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseServerConfig("server.toml", []byte(text))
		if err == nil {
			if err := c.safe(c.Listen); err == nil && strings.HasPrefix(c.Origin, "https:") && c.TLS.Cert == "" && len(c.TrustedProxies) == 0 {
				t.Errorf("%q is taken as safe", text)
			}
			return
		}
		if _, ok := errors.AsType[*configError](err); !ok {
			t.Errorf("%q: error %v of type %T, want one that names the file", text, err, err)
		}
	})
}

package main

// This file: reading what the peers print, and the figures made of it.

import (
	"slices"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for _, v := range []struct {
		name  string
		parse func(string, []byte) ([]string, error)
		out   string
		want  []string
	}{
		{"nod", parseNod, `{"schema":1,"codes":[{"text":"a"},{"text":"b \"c\""}]}`, []string{"a", `b "c"`}},
		{"nod, error", parseNod, "", nil},
		{
			"zbarimg", parseZbar, "<barcodes xmlns='http://zbar.sourceforge.net/2008/barcode'>\n<source href='p.png'>\n<index num='0'>\n" +
				"<symbol type='QR-Code' quality='1' orientation='UP'><data><![CDATA[a&b]]></data></symbol>\n" +
				"<symbol type='QR-Code' quality='1'><data format='base64' length='2'><![CDATA[AAE=\n]]></data></symbol>\n" +
				"</index>\n</source>\n</barcodes>\n",
			[]string{"a&b", "\x00\x01"},
		},
		{"zbarimg, nothing", parseZbar, "", nil},
		{"ZXingReader", parseZXing, "Text:       \"a \"b\"\nc\"\nBytes:      61\nFormat:     QRCode\n\nText:       \"d\"\nBytes:      64\n", []string{"a \"b\"\nc", "d"}},
		{"ZXingReader, nothing", parseZXing, "No barcode found\n", nil},
	} {
		got, err := v.parse("p.png", []byte(v.out))
		if err != nil || !slices.Equal(got, v.want) {
			t.Errorf("%s: %q, %v, want %q", v.name, got, err, v.want)
		}
	}
}

func TestCompare(t *testing.T) {
	found, wrong := compare([]string{"a b", "a b", "ü"}, []string{"ab\n", "x", "ü"})
	if found != 2 || wrong != 1 {
		t.Errorf("%d found, %d wrong, want 2 and 1", found, wrong)
	}
}

func TestQuantile(t *testing.T) {
	var times []time.Duration
	for i := range 100 {
		times = append(times, time.Duration(100-i))
	}
	if got := quantile(times, 0.5); got != 51 {
		t.Errorf("median %d, want 51", got)
	}
	if got := quantile(times, 0.95); got != 96 {
		t.Errorf("95th percentile %d, want 96", got)
	}
	if got := quantile(nil, 0.5); got != 0 {
		t.Errorf("of nothing %d", got)
	}
}

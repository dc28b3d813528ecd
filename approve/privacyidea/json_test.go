package privacyidea

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestCanonical(t *testing.T) {
	for in, want := range map[string]string{
		` { "nonce" : "ABC123", "capabilities": {"decline_reason" : true} } `: `{"capabilities":{"decline_reason":true},"nonce":"ABC123"}`,
		`{"b":[1,"x",null,false,{}],"a":{"values":["cancelled"]}}`:            `{"a":{"values":["cancelled"]},"b":[1,"x",null,false,{}]}`,
		// RFC 8785, 3.2.3, without the sample that has numbers.
		`{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}`: "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}",
		// RFC 8785, 3.2.2.2: what is escaped, and how.
		`"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/\b\t\f\u007f<&>\u2028"`: "\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\\b\\t\\f\u007f<&>\u2028\"",
		`-12`: `-12`, `0`: `0`, `123456789012345`: `123456789012345`,
	} {
		v, err := parse([]byte(in))
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if got, err := canonical(v); err != nil || string(got) != want {
			t.Errorf("%s\n got %s, %v\nwant %s", in, got, err, want)
		}
	}
	for _, in := range []string{`1.0`, `1e3`, `-0`, `1234567890123456`, `{"a":[0.1]}`} {
		v, err := parse([]byte(in))
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if got, err := canonical(v); err == nil {
			t.Errorf("%s becomes %s", in, got)
		}
	}
}

func TestParseRefused(t *testing.T) {
	for _, in := range []string{
		``, `{`, `{"a":1`, `[1`, `{} {}`, `{"a":1,"a":1}`, `{"a":{"b":1,"b":2}}`, `{"a":1,"\u0061":2}`, `nul`, `{"a"}`, `[1,]`, "\"\xff\"",
		strings.Repeat("[", maxDepth+2) + strings.Repeat("]", maxDepth+2),
	} {
		if v, err := parse([]byte(in)); err == nil {
			t.Errorf("%q is read as %v", in, v)
		}
	}
	if v, err := parse([]byte(`{"a":1,"A":2}`)); err != nil || len(v.(map[string]any)) != 2 {
		t.Errorf("two names are %v, %v", v, err)
	}
}

// FuzzCanonical: the canonical form is JSON of the same value, and its own.
func FuzzCanonical(f *testing.F) {
	f.Add([]byte(`{"capabilities":{"decline_reason":true},"nonce":"ABC123"}`))
	f.Add([]byte(`["\ud83d\ude00","\u0000",-1,null,{"\ue000":1,"\ud800\udc00":2}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := parse(data)
		if err != nil {
			return
		}
		if !json.Valid(data) {
			t.Errorf("%q is read, but no JSON", data)
		}
		form, err := canonical(v)
		if err != nil {
			return
		}
		again, err := parse(form)
		if err != nil || !reflect.DeepEqual(again, v) {
			t.Fatalf("%q in canonical form is %q: %v", data, form, err)
		}
		if second, err := canonical(again); err != nil || string(second) != string(form) {
			t.Errorf("%q in canonical form is %q", form, second)
		}
	})
}

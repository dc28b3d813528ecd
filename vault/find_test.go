package vault

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	accounts := []Account{
		{ID: "a-1", Issuer: "HelpDesk", Name: "ana@demo.test", Tags: []string{"work"}},
		{ID: "a-2", Issuer: "GitHub", Name: "ana"},
		{ID: "a-3", Issuer: "GitHub", Name: "ben"},
		{ID: "a-4", Issuer: "GitHub Enterprise", Name: "ana", Tags: []string{"Work", "admin"}},
		{ID: "a-5", Issuer: "Digital Post", Name: "cleo"},
		{ID: "a-6", Issuer: "ŠIAULIŲ Bankas", Name: "ana"},
		{ID: "a-7", Name: "router"},
	}
	for query, want := range map[string][]string{
		"":                    {"a-1", "a-2", "a-3", "a-4", "a-5", "a-6", "a-7"},
		"github":              {"a-2", "a-3"}, // not Enterprise
		" GITHUB  ":           {"a-2", "a-3"},
		"github ana":          {"a-2"},
		"github:ben":          {"a-3"},
		"github: ben":         {"a-3"},
		"git":                 {"a-2", "a-3", "a-4", "a-5"}, // "digital", too
		"ana hub":             {"a-2", "a-4"},
		"work":                {"a-1", "a-4"},
		"WORK ana enterprise": {"a-4"},
		"šiaulių":             {"a-6"},
		"šiaulių bankas ana":  {"a-6"},
		"ghb":                 {"a-2", "a-3", "a-4"},

		"gte":                    {"a-4"},
		"hdk ana":                {"a-1"},
		"dpt":                    {"a-5"},
		"gtl":                    nil, // the letters of "digital", from its middle on
		"router":                 {"a-7"},
		":":                      nil,
		"nothing":                nil,
		"a-9":                    nil,
		"github ana ana ana ana": {"a-2", "a-4"},
	} {
		var got []string
		for _, a := range newTexts(accounts).find(accounts, query) {
			got = append(got, a.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("find %q: %v, want %v", query, got, want)
		}
	}
}

func TestFindByID(t *testing.T) {
	v, _ := testVault(t)
	one, two := mustAdd(t, v, testKey("HelpDesk", "ana")), mustAdd(t, v, testKey("HelpDesk", "ben"))
	for _, a := range []Account{one, two} {
		for _, query := range []string{a.ID, strings.ToLower(a.ID), strings.ToUpper(a.ID), " " + a.ID + " "} {
			if found := v.Find(query); len(found) != 1 || found[0].ID != a.ID {
				t.Errorf("%q: %v", query, found)
			}
		}
	}
	if found := v.Find("helpdesk"); len(found) != 2 {
		t.Errorf("%v", found)
	}
	v.Close()
	if found := v.Find(""); len(found) != 0 {
		t.Errorf("a closed vault finds %v", found)
	}
}

// manyAccounts are 10,000 accounts as people have them.
func manyAccounts() []NewAccount {
	many := make([]NewAccount, 10000)
	for i := range many {
		many[i] = testKey(fmt.Sprintf("Service %04d GmbH", i), fmt.Sprintf("ana.%d@demo.test", i))
		many[i].Key.Secret = fmt.Appendf(nil, "%020d", i)
		many[i].Tags = []string{"work", "team-b"}
	}
	return many
}

// TestFindMakesNoCopies holds what makes Find quick.
func TestFindMakesNoCopies(t *testing.T) {
	accounts := make([]Account, 10000)
	for i, n := range manyAccounts() {
		accounts[i] = Account{ID: fmt.Sprint(i), Issuer: n.Key.Issuer, Name: n.Key.Name, Tags: n.Tags}
	}
	texts := newTexts(accounts)
	for _, query := range []string{"5000 ana team", "service 7777 gmbh", "srv gmb anb", "nothing at all"} {
		if n := testing.AllocsPerRun(1, func() { texts.find(accounts, query) }); n > 20 {
			t.Errorf("find %q: %.0f allocations", query, n)
		}
	}
}

func BenchmarkFind10000(b *testing.B) {
	v, _ := testVault(b)
	if _, err := v.Add(false, manyAccounts()...); err != nil {
		b.Fatal(err)
	}
	for _, query := range []string{v.Accounts()[5000].ID, "service 5000 gmbh", "5000 team", "srvc anb", "nothing at all"} {
		b.Run(query, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				v.Find(query)
			}
		})
	}
}

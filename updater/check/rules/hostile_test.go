package rules

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/updater/check"
)

// TestHostile holds that files made to keep a judge busy are bounded: some are
// refused with a sentence, the others are judged in the time that tests have.
func TestHostile(t *testing.T) {
	many := func(text string, n int) string { return strings.Repeat(text, n) }
	for name, c := range map[string]struct {
		src     string
		refused string
	}{
		"stages":       {many("FROM a\n", 100_000), "not judged: 100000 instructions are more than 10000"},
		"a chain":      {"FROM a AS b\n" + many("FROM b AS b\n", 9_000) + "LABEL x=$Y", ""},
		"commands":     {"FROM a\nRUN " + many("a;", 100_000), "not judged: 100000 commands are more than 2000"},
		"sums":         {"FROM a\nRUN " + many("curl -o a$X https://x/a; echo abc b | sha256sum -c;", 600), ""},
		"downloads":    {"FROM a\nRUN " + many("curl -o a https://x/a;", 1_900), ""},
		"clones":       {"FROM a\n" + many("RUN git clone https://x/a\n", 1_900), ""},
		"a long line":  {"FROM a\nRUN curl -o " + many("x", 1<<20) + " https://x", ""},
		"variables":    {"FROM a\n" + many("ENV A=$A$A$B\n", 9_000) + "LABEL x=$A y=$Q", ""},
		"substitution": {"FROM a\nRUN " + many("$(curl https://x | ", 1_000), ""},
		"regular":      {"FROM a\nENV PASSWORD=" + many("a_", 100_000) + "\nRUN chmod " + many("o", 50_000) + "+w x\nRUN git config http." + many("a.", 50_000) + "sslVerify false", ""},
		"labels":       {"FROM a\nLABEL " + many("org.opencontainers.image.x=y ", 20_000), ""},
		"comments":     {"FROM a\n" + many("# freshpin: ignore a,b,c: x\n", 30_000) + "USER root", ""},
		"users":        {"FROM a\n" + many("USER root\n", 9_000), ""},
		"pipes":        {"FROM a\nRUN " + many("curl https://x | sh | ", 900) + "sh", ""},
		"copies":       {"FROM a\nCOPY " + many(". ", 200_000) + "/x", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := check.NewDocker("Dockerfile", c.src, check.Surroundings{Repo: fstest.MapFS{}})
			if d.Trouble != c.refused {
				t.Errorf("refused: %q, want %q", d.Trouble, c.refused)
			}
			judge(fstest.MapFS{}, "Dockerfile", c.src)
		})
	}
}

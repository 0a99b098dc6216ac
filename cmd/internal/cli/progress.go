package cli

import (
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// progress returns the function that draws a bar on standard error while a
// person watches, and the one that takes it away. Elsewhere both do nothing.
func (e *env) progress(l *lookupFlags) (step func(done, total int), end func()) {
	if l.quiet || !isTerminal(e.stderr) || e.getenv("CI") != "" {
		return nil, func() {}
	}
	p := mpb.New(mpb.WithOutput(behind(e.stderr)), mpb.WithWidth(40))
	bar := p.AddBar(0, mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name("looking up ")),
		mpb.AppendDecorators(decor.CountersNoUnit("%d / %d")))
	step = func(done, total int) {
		bar.SetTotal(int64(total), false)
		bar.SetCurrent(int64(done))
	}
	return step, func() {
		bar.Abort(true)
		p.Wait()
	}
}

// Package show is what the example programs share: a progress bar and pictures.
package show

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
	"gonum.org/v1/plot"

	"github.com/sapwood-ml/sapwood/metrics/plots"
	"github.com/sapwood-ml/sapwood/model"
)

// Progress returns a context under which fits show a progress bar on standard
// error, if that is a terminal. Of tasks within a task it shows the one that
// reports first.
func Progress(ctx context.Context) context.Context {
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		return ctx
	}
	return withBar(ctx, os.Stderr)
}

func withBar(ctx context.Context, w io.Writer) context.Context {
	var bar *progressbar.ProgressBar
	var task string
	return model.WithProgress(ctx, func(p model.Progress) {
		if bar == nil && p.Done < p.Total {
			task = p.Task
			bar = progressbar.NewOptions(p.Total, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(task),
				progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(30))
		}
		if bar == nil || p.Task != task {
			return
		}
		bar.Set(p.Done) // an error means that the terminal is gone, which does not concern the fit
		if p.Done >= p.Total {
			bar.Clear()
			bar = nil
		}
	})
}

// A Picture is a plot with the name of its file and its title.
type Picture struct {
	File, Title string
	Plot        *plot.Plot
}

// Save writes the pictures into the folder, which it makes if need be, and their
// names to w. An empty folder means that none are wanted.
func Save(w io.Writer, folder string, pictures ...Picture) error {
	if folder == "" {
		return nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nPictures:")
	for _, picture := range pictures {
		picture.Plot.Title.Text = picture.Title
		file := filepath.Join(folder, picture.File)
		if err := plots.Save(picture.Plot, 640, 480, file); err != nil {
			return err
		}
		fmt.Fprintln(w, " ", file)
	}
	return nil
}

// Package chart draws figures as a picture for a chat: large enough to be read
// on a phone, on a ground of its own, so that it does not matter whether the
// chat is light or dark.
package chart

import (
	"fmt"
	"strconv"

	"github.com/go-analyze/charts"
)

// The picture's size in pixels, and that of its letters in points. A phone shows
// it at about a quarter of that.
const (
	width, height = 1280, 800
	margin        = 32
	letters       = 40
	// figureRoom is the size of a figure times its signs that fits above a bar, of
	// which there are fourteen.
	figureRoom = 104
)

// Series is a row of figures with one colour, one for each label of a picture.
type Series struct {
	Name    string
	Figures []int
}

// palette has a light and a dark tone first, which also those tell apart who see
// few colours.
var palette = charts.GetTheme(charts.ThemeLight).
	WithBackgroundColor(charts.ColorFromHex("#f6f7f9")).
	WithTextColor(charts.ColorFromHex("#1d2733")).
	WithXAxisColor(charts.ColorFromHex("#8a96a3")).
	WithSeriesColors([]charts.Color{charts.ColorFromHex("#8fb8e6"), charts.ColorFromHex("#1f7a4d")})

// Bars draws a group of bars above each label, as PNG. Each series has as many
// figures as there are labels. Seven labels of four letters fit, with two series.
func Bars(labels []string, series ...Series) ([]byte, error) {
	rows, names, longest := make([][]float64, len(series)), make([]string, len(series)), 0
	for i, s := range series {
		names[i] = s.Name
		for _, n := range s.Figures {
			rows[i] = append(rows[i], float64(n))
			longest = max(longest, len(short(float64(n))))
		}
	}
	style, figures := charts.FontStyle{FontSize: letters}, charts.FontStyle{FontSize: min(letters, figureRoom/float64(longest))}
	o := charts.NewBarChartOptionWithData(rows)
	o.Theme, o.Padding = palette, charts.NewBoxEqual(margin)
	o.Legend.SeriesNames, o.Legend.FontStyle, o.Legend.Padding = names, style, charts.Box{Top: 20, Bottom: 10}
	o.CategoryAxis.Labels, o.CategoryAxis.LabelFontStyle, o.CategoryAxis.LabelCount = labels, style, len(labels)
	o.ValueAxis[0].Show, o.ValueAxis[0].Min = charts.Ptr(false), charts.Ptr(0.0)
	for i := range o.SeriesList {
		o.SeriesList[i].Label = charts.SeriesLabel{Show: charts.Ptr(true), FontStyle: figures, ValueFormatter: short}
	}
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputPNG, Width: width, Height: height})
	if err := p.BarChart(o); err != nil {
		return nil, fmt.Errorf("drawing a chart: %w", err)
	}
	drawn, err := p.Bytes()
	if err != nil {
		return nil, fmt.Errorf("drawing a chart: %w", err)
	}
	return drawn, nil
}

// short writes a figure above its bar, with at most four signs below a million.
// Where there is no bar, nothing says it better.
func short(figure float64) string {
	switch n := int(figure); {
	case n == 0:
		return ""
	case n < 10_000:
		return strconv.Itoa(n)
	default:
		return strconv.Itoa((n+500)/1000) + "k"
	}
}

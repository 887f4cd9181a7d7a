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
// it at about a third of that.
const (
	width, height = 1280, 720
	letters       = 26
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
// figures as there are labels.
func Bars(labels []string, series ...Series) ([]byte, error) {
	rows, names := make([][]float64, len(series)), make([]string, len(series))
	for i, s := range series {
		names[i] = s.Name
		for _, n := range s.Figures {
			rows[i] = append(rows[i], float64(n))
		}
	}
	style := charts.FontStyle{FontSize: letters}
	o := charts.NewBarChartOptionWithData(rows)
	o.Theme, o.Padding = palette, charts.NewBoxEqual(32)
	o.Legend.SeriesNames, o.Legend.FontStyle = names, style
	o.CategoryAxis.Labels, o.CategoryAxis.LabelFontStyle = labels, style
	o.ValueAxis[0].Show, o.ValueAxis[0].Min = charts.Ptr(false), charts.Ptr(0.0)
	for i := range o.SeriesList {
		o.SeriesList[i].Label = charts.SeriesLabel{Show: charts.Ptr(true), FontStyle: style, ValueFormatter: short}
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

// short writes a figure above its bar, which leaves room for four digits. Where
// there is no bar, nothing says it better.
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

package chart

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

var days = []string{"Пн", "Вт", "Ср", "Чт", "Пт", "Сб", "Вс"}

func draw(t *testing.T, name string, begun, finished []int) image.Image {
	t.Helper()
	drawn, err := Bars(days, Series{"Начато", begun}, Series{"Завершено", finished})
	if err != nil {
		t.Fatal(err)
	}
	if folder := os.Getenv("PICTURES"); folder != "" {
		if err := os.WriteFile(filepath.Join(folder, name+".png"), drawn, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, err := png.Decode(bytes.NewReader(drawn))
	if err != nil {
		t.Fatal(err)
	}
	if size := p.Bounds().Size(); size.X != width || size.Y != height || len(drawn) > 200_000 {
		t.Errorf("%s: a picture of %v with %d bytes", name, size, len(drawn))
	}
	return p
}

// ink counts the pixels of a colour within columns of a picture.
func ink(p image.Image, c color.Color, from, to int) (n int) {
	want := color.RGBAModel.Convert(c)
	for x := from; x < to; x++ {
		for y := range height {
			if color.RGBAModel.Convert(p.At(x, y)) == want {
				n++
			}
		}
	}
	return n
}

func TestBarsAreAsTallAsTheirFigures(t *testing.T) {
	figures := [][]int{{12, 14, 9, 17, 21, 5, 4}, {10, 12, 8, 11, 19, 4, 4}}
	p := draw(t, "week", figures[0], figures[1])
	from := func(day int) int { return margin + day*(width-2*margin)/7 }
	unit := ink(p, palette.GetSeriesColor(0), from(0), from(1)) / figures[0][0]
	for i, row := range figures {
		for day, want := range row {
			got := ink(p, palette.GetSeriesColor(i), from(day), from(day+1))
			if 5*max(got-want*unit, want*unit-got) > 4*unit { // the legend's marks and edges count too
				t.Errorf("a bar of %d on day %d has %d pixels, where 1 has %d", want, day, got, unit)
			}
		}
	}
	if _, _, _, opaque := p.At(0, 0).RGBA(); opaque != 0xffff {
		t.Error("the ground lets the chat shine through")
	}
}

func TestExtremeFigures(t *testing.T) {
	draw(t, "empty", make([]int, 7), make([]int, 7))
	draw(t, "large", []int{123456, 98765, 120000, 130000, 1, 0, 99999}, []int{100456, 78765, 100000, 110000, 1, 0, 79999})
	draw(t, "few", []int{0, 0, 1, 0, 0, 0, 0}, make([]int, 7))
}

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
	p := draw(t, "week", []int{12, 14, 9, 17, 21, 5, 0}, []int{10, 12, 8, 11, 19, 4, 0})
	light, dark := palette.GetSeriesColor(0), palette.GetSeriesColor(1)
	seventh := func(day int) (from, to int) { return day * width / 7, (day + 1) * width / 7 }
	day := func(c color.Color, day int) int { from, to := seventh(day); return ink(p, c, from, to) }
	for _, c := range []color.Color{light, dark} {
		if day(c, 4) < 3*day(c, 5) || day(c, 5) < 1000 || day(c, 6) > 100 {
			t.Errorf("bars of %v: %d, %d and %d pixels for about 20, 5 and 0", c, day(c, 4), day(c, 5), day(c, 6))
		}
	}
	if day(light, 3) <= day(dark, 3) {
		t.Error("of 17 that began and 11 that finished there is as much to see")
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

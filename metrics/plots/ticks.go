package plots

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// roundTicks labels round numbers on a linear axis: four to ten of them, or two to five
// where there is little room.
type roundTicks struct{ few bool }

// Ticks implements plot.Ticker.
func (r roundTicks) Ticks(low, high float64) []plot.Tick {
	span := high - low
	if !(span > 0) || math.IsInf(span, 0) {
		return []plot.Tick{{Value: low, Label: strconv.FormatFloat(low, 'g', 4, 64)}}
	}
	least := 4.0
	if r.few {
		least = 2
	}
	step := roundStep(span, least)
	// Rounding must not lose a tick at the very end of the axis.
	slack := 1e-9 * span
	first, last := math.Ceil((low-slack)/step), math.Floor((high+slack)/step)
	var ticks []plot.Tick
	for i := range int(last-first) + 1 {
		v := (first + float64(i)) * step
		ticks = append(ticks, plot.Tick{Value: max(low, min(high, v)), Label: tickLabel(v, step)})
	}
	return ticks
}

// roundStep returns the largest of 1, 2 or 5 times a power of ten that goes at least so
// many times into the span, and so at most 2½ times as many; 0 if that is not a number
// above zero.
func roundStep(span, least float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(span/least)))
	if !(unit > 0) || math.IsInf(unit, 0) {
		return 0
	}
	step := unit
	for _, m := range []float64{2, 5} {
		if span/(m*unit) >= least {
			step = m * unit
		}
	}
	return step
}

// tickLabel shows the value with as many decimals as the step has.
func tickLabel(v, step float64) string {
	if size := math.Abs(v); v != 0 && (size >= 1e6 || step < 1e-4) {
		return strconv.FormatFloat(v, 'g', 4, 64)
	}
	decimals := max(0, int(math.Ceil(-math.Log10(step)-1e-9)))
	if v == 0 {
		v = 0 // no minus
	}
	return strconv.FormatFloat(v, 'f', decimals, 64)
}

// wholeTicks is roundTicks without fractions.
type wholeTicks struct{}

// Ticks implements plot.Ticker.
func (wholeTicks) Ticks(low, high float64) []plot.Tick {
	var whole []plot.Tick
	for _, t := range (roundTicks{}).Ticks(low, high) {
		if t.Value == math.Trunc(t.Value) {
			whole = append(whole, t)
		}
	}
	return whole
}

// logarithmic makes an axis logarithmic that has the range of its positive values
// already.
func logarithmic(axis *plot.Axis) {
	if axis.Min == axis.Max {
		axis.Min, axis.Max = axis.Min/2, axis.Max*2 // gonum would subtract, and panic
	}
	axis.Scale = plot.LogScale{}
	axis.Tick.Marker = powerTicks{}
}

// powerTicks labels powers of ten: all, or as many as there is room for.
type powerTicks struct{}

// Ticks implements plot.Ticker.
func (powerTicks) Ticks(low, high float64) []plot.Tick {
	if !(low > 0) || !(high > low) {
		return nil
	}
	first, last := int(math.Ceil(math.Log10(low)-1e-9)), int(math.Floor(math.Log10(high)+1e-9))
	every := 1 + (last-first)/7
	var ticks []plot.Tick
	for e := first; e <= last; e++ {
		t := plot.Tick{Value: max(low, min(high, math.Pow(10, float64(e))))}
		if (e-first)%every == 0 {
			t.Label = strconv.FormatFloat(math.Pow(10, float64(e)), 'g', -1, 64)
		}
		ticks = append(ticks, t)
	}
	return ticks
}

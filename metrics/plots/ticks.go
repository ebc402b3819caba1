package plots

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// roundTicks labels four to ten round numbers on a linear axis.
type roundTicks struct{}

// Ticks implements plot.Ticker.
func (roundTicks) Ticks(low, high float64) []plot.Tick {
	span := high - low
	if !(span > 0) || math.IsInf(span, 0) {
		return []plot.Tick{{Value: low, Label: strconv.FormatFloat(low, 'g', 4, 64)}}
	}
	unit := math.Pow(10, math.Floor(math.Log10(span/4)))
	step := unit
	for _, m := range []float64{2, 5} {
		if span/(m*unit) >= 4 {
			step = m * unit
		}
	}
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

package decomposition

import "math"

// minkaRank returns the number of components of largest evidence for the given
// spectrum of a covariance matrix, descending and up to a factor, of n samples:
// Laplace's method on the posterior of probabilistic PCA (Minka 2000, §4, eq.
// 30 and 31). The sum over pairs of eigenvalues in the Hessian is carried from
// rank to rank, so that all together take O(p²). Gaps between equal eigenvalues,
// whose logarithm would be −∞, count as rounding errors.
func minkaRank(spectrum []float64, n float64) int {
	p := len(spectrum)
	floor := float64(p) * 0x1p-52 * spectrum[0]
	gap := func(a, b float64) float64 { return math.Log(max(a-b, floor)) }
	best, bestEvidence := 1, math.Inf(-1)
	var (
		prior     float64 // log of the density of the components' directions
		logs      float64 // Σ log λᵢ over those kept
		keptPairs float64 // Σ log[(λᵢ−λⱼ)(1/λⱼ−1/λᵢ)] over pairs of them
		mixed     float64 // Σ log(λᵢ−λⱼ) over those kept and those dropped
	)
	for k := 1; k < p; k++ {
		last := spectrum[k-1]
		if last <= floor {
			break
		}
		angles := float64(p-k+1) / 2
		gamma, _ := math.Lgamma(angles)
		prior += gamma - angles*math.Log(math.Pi) - math.Ln2
		for _, kept := range spectrum[:k-1] {
			g := gap(kept, last)
			keptPairs += 2*g - math.Log(kept) - math.Log(last)
			mixed -= g
		}
		for _, dropped := range spectrum[k:] {
			mixed += gap(last, dropped)
		}
		logs += math.Log(last)

		noise := max(sum(spectrum[k:])/float64(p-k), floor)
		hessian := keptPairs + mixed
		for _, kept := range spectrum[:k] {
			hessian += float64(p-k) * (gap(kept, noise) - math.Log(kept) - math.Log(noise))
		}
		parameters := float64(p*k) - float64(k*(k+1))/2
		hessian += parameters * math.Log(n)
		evidence := prior - n/2*logs - n/2*float64(p-k)*math.Log(noise) +
			(parameters+float64(k))/2*math.Log(2*math.Pi) - hessian/2 - float64(k)/2*math.Log(n)
		if evidence > bestEvidence {
			best, bestEvidence = k, evidence
		}
	}
	return best
}

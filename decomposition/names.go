package decomposition

import "fmt"

// String returns the name of the constant.
func (s Solver) String() string {
	names := [...]string{"SolverAuto", "SolverCovariance", "SolverSVD", "SolverKrylov", "SolverRandomized"}
	if s >= 0 && int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("Solver(%d)", int(s))
}

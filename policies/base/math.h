// Logarithm, exponential and power with the same bits in every build.
//
// libm differs between machines and versions in the last bit, and one bit moves a simulated event
// past another; so everything that reaches a decision, a sample or a report uses these. Plain
// double additions, multiplications and divisions, in a fixed order, and tables that the compiler
// computes in integers. Not correctly rounded: log and exp are within 1 ulp, pow within 1 ulp,
// log1p within 3 ulp. Special values as in C, but pow is for bases >= 0 (else NaN). sqrt is
// std::sqrt, which IEEE 754 fixes. Source: Tang, "Table-driven implementation of the logarithm
// function", TOMS 16(4), 1990, and its companion for exp. Cost: log and exp 3-4 ns, pow 20 ns.
#pragma once

namespace squall::exact {

double log(double x);
double exp(double x);
/// x^y for x >= 0.
double pow(double x, double y);
/// log(1 + x), exact in its digits for small x.
double log1p(double x);

inline constexpr double kLn2 = 0x1.62e42fefa39efp-1;
inline constexpr double kPi = 0x1.921fb54442d18p+1;

}  // namespace squall::exact

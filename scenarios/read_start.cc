#include <algorithm>

#include "scenarios/read_parts.h"

namespace squall::scenarios {

using config::Fields;
using config::Value;

namespace {

bool has_cache(const Step& step) {
  return step.kind == Step::Kind::kCache || std::ranges::any_of(step.steps, &has_cache);
}

}  // namespace

void read_backoff(Fields& f, Backoff& out) {
  f.duration("base", out.base, kPositive);
  f.number("factor", out.factor, {.least = 1, .most = 1000});
  f.duration("max", out.max, kPositive);
  f.choice("jitter", out.jitter,
           {{"none", Backoff::Jitter::kNone},
            {"equal", Backoff::Jitter::kEqual},
            {"full", Backoff::Jitter::kFull},
            {"decorrelated", Backoff::Jitter::kDecorrelated}});
  if (out.max < out.base)
    (f["max"] ? f["max"] : f["base"]).error("max is less than base", "make it at least base");
}

void read_retry_backoff(Fields& f, std::optional<Backoff>& out) {
  out = {.max = kLongest};
  f.require("base");
  read_backoff(f, *out);
}

void read_start(Fields& f, Start& out) {
  if (f["delay"]) {
    if (std::optional<Distribution> delay = read_distribution(f["delay"]))
      out.delay = *std::move(delay);
  }
  if (f["calls"]) read_steps(f["calls"], out.calls);
  if (std::ranges::any_of(out.calls, &has_cache))
    f["calls"].error("a replica that starts has no cache yet", "make the calls without it");
  Duration after{};
  if (f.duration("fail_after", after, kPositive)) out.fail_after = after;
  if (f["fail_after"] && out.calls.empty())
    f["fail_after"].error("nothing is called that could take longer", "leave it out, or add calls");
  f.object("backoff", [&](Fields& b) { read_backoff(b, out.backoff); });
  if (f["backoff"] && out.calls.empty())
    f["backoff"].error("a start without calls does not fail", "leave it out, or add calls");
  f.object("warm", [&](Fields& w) {
    w.require("for");
    w.require("factor");
    w.duration("for", out.warm_for, kPositive);
    w.number("factor", out.warm_factor, {.least = 1, .most = 1e6});
  });
}

}  // namespace squall::scenarios
